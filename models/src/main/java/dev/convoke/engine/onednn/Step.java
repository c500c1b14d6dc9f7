package dev.convoke.engine.onednn;

import java.util.Arrays;
import java.util.stream.Collectors;

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
    record Row(String layer, String operation, String implementation, Layout layout, long bytes, long flops) {

        /** Returns the line as a user sees it. */
        Explanation.Row explained(double milliseconds) {
            String shape =
                    Arrays.stream(layout.dimensions()).mapToObj(Long::toString).collect(Collectors.joining("x"));
            return new Explanation.Row(
                    layer, operation, implementation, shape, layout.tag(), bytes, flops, milliseconds);
        }
    }
}
