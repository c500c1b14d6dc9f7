package dev.convoke.spark.rounds;

import dev.convoke.engine.Replica;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Slices of this process on their way into a replica, those that follow each other at once: one by one, a GPU's link
 * would be idle most of the time.
 */
final class SlicesHere implements AutoCloseable {

    private final Replica replica;
    private final int most;
    private final List<Runnable> releases = new ArrayList<>();
    private final List<FloatBuffer> values = new ArrayList<>();
    private int first;
    private int next;

    /**
     * Makes the way.
     *
     * @param most slices that are written at once; 1 where the state is in the processor's own memory
     */
    SlicesHere(Replica replica, int most) {
        this.replica = replica;
        this.most = most;
    }

    /**
     * Takes a slice.
     *
     * @param offset of its first value in the state
     * @param all its values
     * @param release gives the values back, when they have been written
     */
    void add(int offset, FloatBuffer all, Runnable release) {
        if (offset != next) {
            write();
        }
        if (values.isEmpty()) {
            first = offset;
        }
        next = offset + all.remaining();
        values.add(all);
        releases.add(release);
        if (values.size() == most) {
            write();
        }
    }

    /** Writes what was taken and is not written yet. */
    void write() {
        if (!values.isEmpty()) {
            replica.writeState(first, values);
        }
        close();
    }

    /** Gives back what was taken. */
    @Override
    public void close() {
        releases.forEach(Runnable::run);
        releases.clear();
        values.clear();
    }
}
