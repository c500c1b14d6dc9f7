package dev.convoke.engine.onednn;

/** One thing a program does. Bound to addresses once, run many times without allocating. */
interface Step {

    /** Returns what it does, for a listing. */
    Row row();

    /** Takes the addresses of its regions, which have their places now. */
    void bind();

    /** Does it. */
    void run();

    /**
     * A line of a listing.
     *
     * @param layer of the network
     * @param operation what is done
     * @param implementation what does it
     * @param layout of what is written
     * @param bytes read and written
     * @param flops of multiply-adds
     */
    record Row(String layer, String operation, String implementation, Layout layout, long bytes, long flops) {}
}
