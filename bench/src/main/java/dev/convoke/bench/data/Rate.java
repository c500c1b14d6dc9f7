package dev.convoke.bench.data;

import dev.convoke.bench.Contender;
import java.util.List;

/**
 * Does the same with each of some inputs on one thread, for a second or so at a time.
 *
 * @param name what rows call it
 * @param inputs gone through in order, again and again
 * @param work what is done with each
 * @param perInput what one input counts: 1 for a rate of inputs, or its bytes for a rate of bytes
 */
record Rate(String name, List<byte[]> inputs, Work work, Count perInput) implements Contender {

    private static final long NANOS = 1_000_000_000L;

    /** One input's worth of work. */
    interface Work {
        void on(byte[] input) throws Exception;
    }

    /** What an input counts. */
    interface Count {
        double of(byte[] input);
    }

    /** Counts inputs. */
    Rate(String name, List<byte[]> inputs, Work work) {
        this(name, inputs, work, input -> 1);
    }

    @Override
    public double measure() throws Exception {
        long started = System.nanoTime();
        double done = 0;
        long elapsed = 0;
        for (int i = 0; elapsed < NANOS; i++) {
            byte[] input = inputs.get(i % inputs.size());
            work.on(input);
            done += perInput.of(input);
            elapsed = System.nanoTime() - started;
        }
        return done / elapsed * NANOS;
    }
}
