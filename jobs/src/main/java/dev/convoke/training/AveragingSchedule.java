package dev.convoke.training;

import java.io.Serializable;
import java.util.List;

/**
 * How many steps each worker takes between two averages, over a run.
 *
 * @param kind how the frequency changes
 * @param frequencies CONSTANT and QUADRATIC: one number; PER_EPOCH: one for each epoch from the first, the last one
 *     counting for all that follow. All at least 1
 * @param coefficient QUADRATIC: the frequency is {@code (coefficient / learning rate)^2}, rounded down, and never below
 *     the given one
 * @param warmupEpochs for so long the warm-up frequency counts instead; 0 for none
 * @param warmupFrequency steps between averages while the replicas still move fast, at least 1
 */
public record AveragingSchedule(
        Kind kind, List<Integer> frequencies, double coefficient, double warmupEpochs, int warmupFrequency)
        implements Serializable {

    /** How the frequency changes over a run. */
    public enum Kind {
        /** It does not. */
        CONSTANT,
        /** A list, one number for each epoch. */
        PER_EPOCH,
        /** Grows as the learning rate falls: replicas that move less need to meet less. */
        QUADRATIC
    }

    /**
     * Copies the list and checks the values.
     *
     * @throws InvalidSettingsException with every problem found
     */
    public AveragingSchedule {
        frequencies = List.copyOf(frequencies);
        new Problems()
                .require(!frequencies.isEmpty(), "frequencies: needs at least one number of steps")
                .require(
                        frequencies.stream().allMatch(frequency -> frequency >= 1),
                        "frequencies: " + frequencies + " are not all at least 1")
                .require(
                        kind == Kind.PER_EPOCH || frequencies.size() <= 1,
                        "frequencies: " + kind + " takes one number, got " + frequencies)
                .require(
                        kind != Kind.QUADRATIC || (coefficient > 0 && Double.isFinite(coefficient)),
                        "coefficient: " + coefficient + " is not a finite number above 0")
                .require(
                        warmupEpochs >= 0 && Double.isFinite(warmupEpochs),
                        "warmupEpochs: " + warmupEpochs + " is not a finite number of at least 0")
                .require(warmupFrequency >= 1, "warmupFrequency: " + warmupFrequency + " is not at least 1")
                .throwIfAny();
    }

    /** Returns a schedule that averages after every {@code frequency} steps of each worker. */
    public static AveragingSchedule every(int frequency) {
        return new AveragingSchedule(Kind.CONSTANT, List.of(frequency), 0, 0, 1);
    }

    /**
     * Returns how many steps each worker takes in the round that starts at a moment of the run.
     *
     * @param epoch epochs done, with fractions
     * @param rate the learning rate of the round's first step
     */
    public int at(double epoch, double rate) {
        if (epoch < warmupEpochs) {
            return warmupFrequency;
        }
        return switch (kind) {
            case CONSTANT -> frequencies.get(0);
            case PER_EPOCH -> frequencies.get((int) Math.min(epoch, frequencies.size() - 1.0));
            case QUADRATIC -> Math.max(frequencies.get(0), quadratic(rate));
        };
    }

    /** Returns the schedule that gives the same frequencies for a rate multiplied by so much, a power of two. */
    AveragingSchedule withRateScaled(double by) {
        return new AveragingSchedule(kind, frequencies, coefficient * by, warmupEpochs, warmupFrequency);
    }

    private int quadratic(double rate) {
        double ratio = coefficient / rate;
        return (int) Math.min(Integer.MAX_VALUE, ratio * ratio);
    }
}
