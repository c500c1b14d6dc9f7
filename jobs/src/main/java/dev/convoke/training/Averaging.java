package dev.convoke.training;

import java.io.Serializable;

/**
 * How the workers' replicas become one.
 *
 * @param schedule when
 * @param updater what happens to the updater state (momentum)
 * @param outer what follows the average
 */
public record Averaging(AveragingSchedule schedule, UpdaterPolicy updater, OuterOptimizer outer)
        implements Serializable {

    /** What a round does to the updater state. */
    public enum UpdaterPolicy {
        /** Averaged like the parameters. */
        AVERAGE,
        /** Set to zero: every round starts at rest. */
        RESET
    }

    /**
     * Nesterov momentum on the averaged change of the parameters, as if each round were one large step. Batch-norm
     * statistics are left out of it: they are averaged only.
     *
     * @param rate the share of the step that is taken, above 0; 1 takes it whole
     * @param momentum in [0, 1); 0 with rate 1 is plain averaging and keeps no state
     */
    public record OuterOptimizer(double rate, double momentum) implements Serializable {

        /** Plain averaging. */
        public static final OuterOptimizer NONE = new OuterOptimizer(1, 0);

        /**
         * Checks the values.
         *
         * @throws InvalidSettingsException with every problem found
         */
        public OuterOptimizer {
            new Problems()
                    .require(rate > 0 && Double.isFinite(rate), "rate: " + rate + " is not a finite number above 0")
                    .require(momentum >= 0 && momentum < 1, "momentum: " + momentum + " is not in [0, 1)")
                    .throwIfAny();
        }

        /** Returns whether this changes anything, and so keeps one value of state for each parameter. */
        public boolean isActive() {
            return !equals(NONE);
        }
    }

    /** Returns plain averaging of parameters and updater state after every {@code frequency} steps. */
    public static Averaging every(int frequency) {
        return new Averaging(AveragingSchedule.every(frequency), UpdaterPolicy.AVERAGE, OuterOptimizer.NONE);
    }
}
