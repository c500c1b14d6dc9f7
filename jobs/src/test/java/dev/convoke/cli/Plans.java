package dev.convoke.cli;

import dev.convoke.training.Averaging;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RunPlan;
import dev.convoke.training.TrainingSettings;

/** Plans of two epochs for tests. */
final class Plans {

    private Plans() {}

    static RunPlan of(int workers, int batch, int examples, int frequency) {
        TrainingSettings settings = new TrainingSettings(
                1, workers, batch, 2, Averaging.every(frequency), LearningRate.constant(0.1), 0, 64);
        return new RunPlan(settings, examples);
    }
}
