package dev.convoke.bench.averaging;

/** A master with executors in other processes, ready to run rounds that train nothing. */
interface Transport extends AutoCloseable {

    /** Runs one round: all workers' states averaged and ready for the next round. */
    void round() throws Exception;

    @Override
    void close();
}
