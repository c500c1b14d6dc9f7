package dev.convoke.training;

import java.io.Serializable;

/**
 * Everything that decides the mathematics of a run apart from the network and the data. Two runs with equal settings,
 * network and data end in the same bytes, on any number of executors.
 *
 * @param seed keys every random choice
 * @param workers logical replicas, at least 1; a property of the run, never of the cluster
 * @param batch examples in a worker's minibatch, at least 1
 * @param epochs how often each example is used, at least 1
 * @param averaging when and how replicas become one
 * @param learningRate its course over the run
 * @param labelSmoothing the share of a target spread over all classes, in [0, 1)
 * @param shuffleWindow examples a worker holds, still encoded, to mix neighbouring row groups; at least 1
 */
public record TrainingSettings(
        long seed,
        int workers,
        int batch,
        int epochs,
        Averaging averaging,
        LearningRate learningRate,
        double labelSmoothing,
        int shuffleWindow)
        implements Serializable {

    /**
     * Checks the values.
     *
     * @throws InvalidSettingsException with every problem found
     */
    public TrainingSettings {
        new Problems()
                .require(workers >= 1, "workers: " + workers + " is not at least 1")
                .require(batch >= 1, "batch: " + batch + " is not at least 1")
                .require(epochs >= 1, "epochs: " + epochs + " is not at least 1")
                .require(
                        labelSmoothing >= 0 && labelSmoothing < 1,
                        "labelSmoothing: " + labelSmoothing + " is not in [0, 1)")
                .require(shuffleWindow >= 1, "shuffleWindow: " + shuffleWindow + " is not at least 1")
                .throwIfAny();
    }

    /** Returns the rate of a step, taken at its middle. */
    double learningRateOf(int epoch, int step, int stepsPerEpoch) {
        return learningRate.at(epoch + (step + 0.5) / stepsPerEpoch, epochs);
    }

    /** Returns these with another rate; an averaging schedule that follows the rate stays where it is. */
    TrainingSettings withRateScaled(double factor) {
        return new TrainingSettings(
                seed,
                workers,
                batch,
                epochs,
                new Averaging(
                        averaging.schedule().withRateScaled(factor),
                        averaging.updater(),
                        averaging.outer(),
                        averaging.exchange()),
                learningRate.scaled(factor),
                labelSmoothing,
                shuffleWindow);
    }
}
