package dev.convoke.engine;

import java.util.Random;

/** What rounding of one kind of CPU or another may do to a training, as a training of moved images shows. */
public final class Rounding {

    /** A tolerance is so many times what trials show. */
    public static final double TIMES_THE_NOISE = 4;

    /** How many trials tell. */
    public static final int TRIALS = 3;

    /**
     * About what sums of a thousand values differ by when they are added in another order, in units of the last place.
     */
    private static final int MOVED_BY = 16;

    private Rounding() {}

    /** Moves each value of the images up or down by some units in the last place, and returns the minibatch. */
    public static Minibatch moved(Minibatch batch, int trial) {
        Random directions = new Random(trial);
        for (int i = 0; i < batch.size() * batch.shape().valueCount(); i++) {
            float value = batch.images().get(i);
            int direction = directions.nextBoolean() ? MOVED_BY : -MOVED_BY;
            batch.images().put(i, value + direction * Math.ulp(value));
        }
        return batch;
    }
}
