package dev.convoke.engine.onednn;

import dev.convoke.engine.Minibatch;
import org.jspecify.annotations.Nullable;

/** What changes from step to step, and what a step saw; shared by the steps of a replica's programs. */
final class StepSettings {

    private @Nullable Minibatch batch;
    private float learningRate;
    private long dropoutKey;
    private double lossSum;
    private int correct;

    void read(Minibatch examples) {
        batch = examples;
    }

    Minibatch batch() {
        if (batch == null) {
            throw new IllegalStateException("A program ran without a minibatch");
        }
        return batch;
    }

    void set(double rate, long key) {
        learningRate = (float) rate;
        dropoutKey = key;
    }

    float learningRate() {
        return learningRate;
    }

    long dropoutKey() {
        return dropoutKey;
    }

    void saw(double loss, int right) {
        lossSum = loss;
        correct = right;
    }

    double lossSum() {
        return lossSum;
    }

    int correct() {
        return correct;
    }
}
