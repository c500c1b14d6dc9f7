package dev.convoke.training.cost;

import dev.convoke.training.StateVector;

/**
 * What a round moves and occupies. Exact for the state itself; the driver's part is a fit to measurements.
 *
 * @param state bytes a replica's state has: parameters and updater state
 * @param parameters bytes of its parameters alone
 * @param averaged bytes of a replica's state that workers receive: all of it, or the parameters alone
 * @param sent bytes of a worker's result: as many, or fewer if it is sent rounded
 * @param outer bytes of the outer optimizer's momentum, 0 without one
 * @param workers one executor each
 */
public record RoundBytes(long state, long parameters, long averaged, long sent, long outer, int workers) {

    /** What a round costs the driver in messages, whatever the network: launching tasks and hearing of their end. */
    private static final long DRIVER_BASE = 180_000;

    private static final long DRIVER_PER_WORKER = 40_000;

    /** What a round of any size takes of the driver's heap, most of it two chunks of a broadcast for each stage. */
    private static final long DRIVER_HEAP = 13_000_000;

    /** What a round may move through the driver; beyond, the driver is what a round waits for. */
    public static final long DRIVER_LIMIT = 16_000_000;

    /** 16 MB: slices on their way to a task, enough to keep every sender busy; more would only leave the caches. */
    public static final long ON_THEIR_WAY = 16L << 20;

    /** 64 MB: workers' copies of the slices a task averages, as long as those of one are fewer bytes. */
    public static final long AT_WORK = 64L << 20;

    /** A round whose results are sent as they are. */
    public RoundBytes(long state, long parameters, long averaged, long outer, int workers) {
        this(state, parameters, averaged, averaged, outer, workers);
    }

    /** Checks the values. */
    public RoundBytes {
        if (state < averaged || averaged < parameters || parameters < 0 || outer < 0 || workers < 1) {
            throw new IllegalArgumentException(state + " bytes of state with " + parameters + " of parameters and "
                    + averaged + " averaged, " + outer
                    + " of outer momentum and " + workers + " workers are not a round");
        }
    }

    /** Returns what each executor receives from others in a round: the results it averages, then the averages. */
    public long executorReceives() {
        return (averaged + sent) * (workers - 1) / workers;
    }

    /** Returns what passes through the driver in a round; it does not depend on the state. */
    public long driver() {
        return DRIVER_BASE + DRIVER_PER_WORKER * workers;
    }

    /**
     * Returns what a round takes of the driver's heap beside what Spark itself needs; it does not depend on the state.
     */
    public long driverMemory() {
        return DRIVER_HEAP + driver();
    }

    /** Returns how many small messages a round has, because every worker tells every owner. */
    public long messages() {
        return (long) workers * workers;
    }

    /** Returns how many tasks a round has: one for each worker, one for each owner. */
    public int tasks() {
        return 2 * workers;
    }

    /** Returns what each executor writes into new blocks in a round: its result, its averages, and a neighbour's. */
    public long executorWrites() {
        return sent + copies() * (averaged + outer) / workers;
    }

    /**
     * Returns what an executor keeps as Spark's blocks at most, in the first round: one worker's result, and its share
     * of the state before and after, each with a copy for a neighbour; and what rounding lost before and after.
     */
    public long executorBlocks() {
        return sent
                + copies() * ((state + outer) / workers + 1)
                + copies() * ((averaged + outer) / workers + 1)
                + (isRounded() ? 2 * parameters : 0);
    }

    /**
     * Returns what else an executor needs for its worker at least: state, gradients, slices on their way, and what the
     * worker started from if its result is sent as a change.
     */
    public long executorReplica() {
        long atWork = Math.max(AT_WORK, Math.min(averaged, StateVector.gatherBytes(workers)));
        return state + parameters + ON_THEIR_WAY + atWork + (isRounded() ? parameters : 0);
    }

    /** A slice lives at its owner and at a neighbour, if there is one. */
    private int copies() {
        return workers > 1 ? 2 : 1;
    }

    private boolean isRounded() {
        return sent < averaged;
    }

    /**
     * Returns what DL4J's master makes Spark count against {@code spark.driver.maxResultSize}: below 6 workers all
     * results arrive whole, above it combines about the square root of them.
     */
    public long dl4jResults() {
        int arriving = workers < 6 ? workers : (int) Math.ceil(Math.sqrt(workers));
        return arriving * state;
    }

    /**
     * Returns what DL4J's master makes pass through the driver in a round: the results that arrive, and a broadcast.
     */
    public long dl4jDriver() {
        return dl4jResults() + state;
    }

    /** Returns the heap and native memory DL4J's driver needs: its network, its copy to send, and two results. */
    public long dl4jDriverMemory() {
        return 4 * state;
    }
}
