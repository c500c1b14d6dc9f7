package dev.convoke.engine;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * One copy of a network in memory that trains and predicts. A fresh replica holds the initial state, a pure function of
 * the configuration and its seed.
 *
 * <p>Steps are deterministic: the same state, minibatch, {@link Step} and thread count give the same bits in any
 * process and on any host whose CPU, or GPU, has the same instructions. Not thread-safe, but it may move between
 * threads. Two replicas never share anything that changes.
 */
public interface Replica extends AutoCloseable {

    /** Returns where each parameter stands in the state vector. */
    StateLayout layout();

    /**
     * Copies part of the state vector out, in flat DL4J order.
     *
     * @param offset first value to copy
     * @param target receives {@code target.remaining()} values
     */
    void readState(int offset, FloatBuffer target);

    /**
     * Copies parts that follow each other out, which is faster than one by one where the state is far away.
     *
     * @param offset first value to copy
     * @param targets receive their remaining values, one after the other
     */
    default void readState(int offset, List<FloatBuffer> targets) {
        int from = offset;
        for (FloatBuffer target : targets) {
            int count = target.remaining();
            readState(from, target);
            from += count;
        }
    }

    /**
     * Replaces part of the state vector.
     *
     * @param offset first value to replace
     * @param source read from its position to its limit, not retained
     */
    void writeState(int offset, FloatBuffer source);

    /**
     * Replaces parts that follow each other, which is faster than one by one where the state is far away.
     *
     * @param offset first value to replace
     * @param sources read from their positions to their limits, one after the other, not retained
     */
    default void writeState(int offset, List<FloatBuffer> sources) {
        int from = offset;
        for (FloatBuffer source : sources) {
            int count = source.remaining();
            writeState(from, source);
            from += count;
        }
    }

    /**
     * Trains one step on the first {@code batch.size()} examples: forward, backward, update.
     *
     * @throws IllegalArgumentException if the shape, class count or size of the minibatch does not fit
     */
    StepResult train(Minibatch batch, Step step);

    /**
     * Says which minibatch will be trained on after the next one, so that it may be copied to where it is needed while
     * the next one is trained on. Changes no result. The minibatch must not be refilled before it is trained on; one
     * that is refilled all the same is copied again.
     */
    default void expect(Minibatch minibatch) {}

    /**
     * Computes class probabilities as in inference (no dropout, running batch-norm statistics).
     *
     * @param batch its targets are ignored
     * @param probabilities receives {@code [batch.size(), classes]} from its position on
     */
    void predict(Minibatch batch, FloatBuffer probabilities);

    /** Frees native memory; the replica cannot be used after. */
    @Override
    void close();

    /**
     * What changes from step to step.
     *
     * @param learningRate the rate of this step
     * @param dropoutKey keys the dropout masks: a pure function of (seed, step, worker)
     */
    record Step(double learningRate, long dropoutKey) {}

    /**
     * What one step saw, before its update. Sums, so that they merge.
     *
     * @param examples how many examples
     * @param lossSum sum over the examples of the cross-entropy in nats, without the weight-decay term
     * @param correct how many examples the network's likeliest class was the target's likeliest class
     */
    record StepResult(int examples, double lossSum, int correct) {}
}
