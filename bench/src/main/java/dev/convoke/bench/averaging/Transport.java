package dev.convoke.bench.averaging;

import java.util.Map;

/** A master with executors in other processes, ready to run rounds that train nothing. */
interface Transport extends AutoCloseable {

    /**
     * Runs one round: all workers' states averaged and ready for the next round.
     *
     * @return the milliseconds of the slowest worker or owner in each phase, by name; empty if the master does not tell
     */
    Map<String, Double> round() throws Exception;

    @Override
    void close();
}
