package dev.convoke.bench.gpu;

import dev.convoke.engine.Replica.StepResult;
import java.util.Arrays;
import java.util.List;

/** What one training made. Its arrays are shared, not copied: those of a network fill a good part of the heap. */
final class Trained {

    private final float[] start;
    private final float[] end;
    private final List<StepResult> results;
    private final float[] probabilities;

    Trained(float[] start, float[] end, List<StepResult> results, float[] probabilities) {
        this.start = start;
        this.end = end;
        this.results = List.copyOf(results);
        this.probabilities = probabilities;
    }

    /** Returns the state before the first step. */
    float[] start() {
        return start;
    }

    /** Returns the state after the last step. */
    float[] end() {
        return end;
    }

    /** Returns the results of the steps. */
    List<StepResult> results() {
        return results;
    }

    /** Returns what was predicted for one more minibatch after the last step. */
    float[] probabilities() {
        return probabilities;
    }

    /** Returns whether another training made the same bits. */
    boolean isSameAs(Trained other) {
        return Arrays.equals(end, other.end)
                && Arrays.equals(probabilities, other.probabilities)
                && results.equals(other.results);
    }
}
