package dev.convoke.training.cost;

/**
 * The time of a round without its training: scheduling, bytes through the wire, bytes through the processor.
 *
 * <pre>T = overhead + 2(N-1) * task + 2(N-1)/N * averaged / bandwidth + work(state, averaged, N) / cores</pre>
 *
 * @param rates of the machines
 * @param overheadMillis what Spark takes to run a round's two stages with nothing in them, for one task
 */
public record CostLaw(MachineRates rates, double overheadMillis) {

    /** What Spark's transfer makes of bare sockets on one machine, by measurement. */
    private static final double SHARE_OF_LOOPBACK = 0.7;

    /**
     * What a round waits for each task beyond the first two, by measurement: the driver's time, which sends tasks and
     * hears of their end. What owners take to fetch a message from every worker is not seen beside it with up to eight
     * workers, and not measured beyond.
     */
    private static final double TASK_MILLIS = 3.3;

    /** Returns the round's milliseconds with every executor on one core of a machine of its own. */
    public double onOwnMachines(RoundBytes bytes, double bandwidth) {
        double tasks = TASK_MILLIS * (bytes.tasks() - 2);
        return overheadMillis + tasks + 1000 * (bytes.executorReceives() / bandwidth + workSeconds(bytes, 1));
    }

    /**
     * Returns the round's milliseconds with all executors on this machine, sharing its cores and its loopback. What
     * Spark takes for the first executor is waited for; what it takes for the others is spread over the cores.
     */
    public double onThisMachine(RoundBytes bytes) {
        double overhead = overheadMillis * (1 + (bytes.workers() - 1.0) / rates.cores());
        double wire = (double) bytes.executorReceives() * bytes.workers() / (SHARE_OF_LOOPBACK * rates.loopback());
        double waves = (double) bytes.workers() / Math.min(bytes.workers(), rates.cores());
        int coresOfEach = Math.max(1, rates.cores() / bytes.workers());
        return overhead + 1000 * (wire + waves * workSeconds(bytes, coresOfEach));
    }

    /**
     * One executor's part: on one core, state into the replica, what came from elsewhere taken off the network, its
     * result and its averages into new blocks; on all its cores, its share of everybody's results averaged.
     */
    private double workSeconds(RoundBytes bytes, int cores) {
        double copied = (double) bytes.state() + bytes.executorReceives() + bytes.executorWrites();
        return copied / rates.copy() + bytes.averaged() / (cores * rates.average());
    }
}
