package dev.convoke.training;

import java.io.Serializable;
import java.util.Locale;

/**
 * How the workers' replicas become one.
 *
 * @param schedule when
 * @param updater what happens to the updater state (momentum)
 * @param outer what follows the average
 * @param exchange in which numbers workers send their results
 */
public record Averaging(AveragingSchedule schedule, UpdaterPolicy updater, OuterOptimizer outer, Exchange exchange)
        implements Serializable {

    /** What a round does to the updater state. */
    public enum UpdaterPolicy {
        /** Averaged like the parameters. */
        AVERAGE,
        /** Set to zero: every round starts at rest. */
        RESET
    }

    /** The numbers in which workers send what their training gave. */
    public enum Exchange {
        /** The parameters themselves: nothing is lost. */
        FLOAT32,
        /** The change of each parameter in bfloat16: half the bytes. */
        BFLOAT16,
        /** The change of each parameter in int8: a quarter of the bytes. */
        INT8;

        /** Returns how many bytes so many parameters become. */
        public long bytes(long parameters) {
            return switch (this) {
                case FLOAT32 -> parameters * Float.BYTES;
                case BFLOAT16 -> parameters * Short.BYTES;
                case INT8 -> parameters + parameters * Float.BYTES / DeltaCodec.TILE;
            };
        }

        /** Returns whether the change is sent, rounded, and what rounding lost is sent with the next. */
        public boolean isRounded() {
            return this != FLOAT32;
        }
    }

    /**
     * Checks that the choices fit together.
     *
     * @throws InvalidSettingsException if not
     */
    public Averaging {
        new Problems()
                .require(
                        !exchange.isRounded() || updater == UpdaterPolicy.RESET,
                        "exchange: " + exchange.name().toLowerCase(Locale.ROOT)
                                + " sends small changes, and momentum is none: set updater: reset")
                .throwIfAny();
    }

    /** Combines choices that lose nothing on the way. */
    public Averaging(AveragingSchedule schedule, UpdaterPolicy updater, OuterOptimizer outer) {
        this(schedule, updater, outer, Exchange.FLOAT32);
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
