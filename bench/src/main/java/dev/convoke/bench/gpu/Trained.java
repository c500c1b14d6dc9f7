package dev.convoke.bench.gpu;

import dev.convoke.bench.gpu.StateFigures.Figures;
import dev.convoke.engine.Replica.StepResult;
import java.util.List;

/**
 * What one training made.
 *
 * @param results of the steps
 * @param first the state after the first step: gradients as they are, before steps amplify what is rounded otherwise
 * @param last the state after the last step
 * @param probabilities predicted for one more minibatch after the last step
 * @param bits a digest of the last state: equal for equal bits
 */
record Trained(
        List<StepResult> results, List<Figures> first, List<Figures> last, List<Float> probabilities, long bits) {

    /** Copies the lists. */
    Trained {
        results = List.copyOf(results);
        first = List.copyOf(first);
        last = List.copyOf(last);
        probabilities = List.copyOf(probabilities);
    }
}
