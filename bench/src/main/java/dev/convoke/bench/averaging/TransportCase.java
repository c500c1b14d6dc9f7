package dev.convoke.bench.averaging;

import dev.convoke.training.cost.RoundBytes;
import java.util.ArrayList;
import java.util.List;

/**
 * One measurement of transport alone.
 *
 * @param master {@code convoke} or {@code dl4j}
 * @param stateMegabytes size of the averaged state in MB of 10^6 bytes
 * @param workers one executor process each
 * @param repetitions rounds that count
 * @param warmUpSeconds how long rounds run before that do not count
 * @param conf settings of Spark beside those every case has, {@code key=value}
 */
record TransportCase(
        String master, int stateMegabytes, int workers, int repetitions, int warmUpSeconds, List<String> conf) {

    static final String CONVOKE = "convoke";
    static final String DL4J = "dl4j";

    /** States of up to so many MB are small: eight executors of one fit a machine. */
    static final int SMALL_MEGABYTES = 187;

    /** Returns how many workers a state is measured with unless told. */
    static List<Integer> workersFor(int stateMegabytes) {
        return stateMegabytes <= SMALL_MEGABYTES ? List.of(1, 2, 4, 8) : List.of(1, 2, 4);
    }

    static TransportCase of(String[] arguments) {
        return new TransportCase(
                arguments[0],
                Integer.parseInt(arguments[1]),
                Integer.parseInt(arguments[2]),
                Integer.parseInt(arguments[3]),
                Integer.parseInt(arguments[4]),
                List.of(arguments).subList(5, arguments.length));
    }

    /** Returns the program that measures this, with its arguments. */
    List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                CaseMain.class.getName(),
                master,
                "" + stateMegabytes,
                "" + workers,
                "" + repetitions,
                "" + warmUpSeconds));
        command.addAll(conf);
        return command;
    }

    /**
     * Returns the options of the driver's virtual machine: what users of DL4J's master start with; for ours also a
     * small young generation, so that the peak of its heap is what it needs, not what it leaves lying about.
     */
    List<String> driverOptions() {
        return master.equals(CONVOKE) ? List.of("-Xmx4g", "-XX:+UseSerialGC", "-Xmn5m") : List.of("-Xmx4g");
    }

    /** Returns how many float32 values the state has. */
    int values() {
        return stateMegabytes * 250_000;
    }

    long bytes() {
        return (long) values() * Float.BYTES;
    }

    /** Returns what a round of this moves and occupies: parameters alone, without an outer optimizer. */
    RoundBytes roundBytes() {
        return new RoundBytes(bytes(), bytes(), bytes(), 0, workers);
    }

    /**
     * Returns the heap of each executor in MB, the same for both masters: room for the state a few times over, as
     * someone would give it who trains a network of that size.
     */
    int executorHeapMegabytes() {
        return 768 + (int) (3.2 * stateMegabytes);
    }
}
