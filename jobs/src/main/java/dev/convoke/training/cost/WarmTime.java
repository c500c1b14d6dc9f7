package dev.convoke.training.cost;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** How long something takes once its code is compiled. */
public final class WarmTime {

    private WarmTime() {}

    /** Returns the median seconds of so many turns, after turns for so long that do not count; at least one. */
    public static double seconds(int warmUpSeconds, int turns, Runnable work) {
        long started = System.nanoTime();
        do {
            work.run();
        } while (System.nanoTime() - started < TimeUnit.SECONDS.toNanos(warmUpSeconds));
        double[] seconds = new double[turns];
        for (int turn = 0; turn < turns; turn++) {
            long begun = System.nanoTime();
            work.run();
            seconds[turn] = (System.nanoTime() - begun) / 1e9;
        }
        Arrays.sort(seconds);
        return seconds[turns / 2];
    }
}
