package dev.convoke.engine.cuda;

/** One thing a program does on the GPU. Bound to addresses once, run many times. */
interface Step extends AutoCloseable {

    /** Returns what it does, for listings and messages. */
    String title();

    /** Takes the addresses of its regions, which have their places now. */
    void bind();

    /** Puts it on the stream. */
    void run();

    /** Frees what it holds on the host. */
    @Override
    default void close() {}
}
