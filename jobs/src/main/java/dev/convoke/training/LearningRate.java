package dev.convoke.training;

import java.io.Serializable;
import java.util.List;

/**
 * The learning rate over a run. It rises linearly from 0 to {@code rate} during the warm-up, then decays; it never
 * falls below the floor once the warm-up is over. Time is measured in epochs, so that a schedule means the same for any
 * batch and any number of workers.
 *
 * @param rate the rate after the warm-up, above 0
 * @param decay how it falls
 * @param milestones STEP: the epochs at whose start the rate is multiplied by {@code factor}, ascending
 * @param factor STEP: in (0, 1]
 * @param power POLYNOMIAL: the exponent of the remaining share of the run, above 0
 * @param warmupEpochs length of the warm-up; 0 for none, fractions allowed
 * @param floor the lowest rate after the warm-up, in [0, rate]
 */
public record LearningRate(
        double rate,
        Decay decay,
        List<Double> milestones,
        double factor,
        double power,
        double warmupEpochs,
        double floor)
        implements Serializable {

    /** How the rate falls after the warm-up. */
    public enum Decay {
        /** It does not. */
        CONSTANT,
        /** Multiplied by the factor at each milestone. */
        STEP,
        /** Proportional to the remaining share of the run, to a power; 1 is a straight line. */
        POLYNOMIAL,
        /** Half a cosine wave from the rate to the floor. */
        COSINE
    }

    /**
     * Copies the list and checks the values.
     *
     * @throws InvalidSettingsException with every problem found
     */
    public LearningRate {
        milestones = List.copyOf(milestones);
        new Problems()
                .require(positive(rate), "rate: " + rate + " is not a finite number above 0")
                .require(ascending(milestones), "milestones: " + milestones + " are not ascending epochs above 0")
                .require(
                        decay != Decay.STEP || !milestones.isEmpty(),
                        "milestones: STEP needs at least one epoch to step at")
                .require(positive(factor) && factor <= 1, "factor: " + factor + " is not in (0, 1]")
                .require(positive(power), "power: " + power + " is not a finite number above 0")
                .require(
                        warmupEpochs >= 0 && Double.isFinite(warmupEpochs),
                        "warmupEpochs: " + warmupEpochs + " is not a finite number of at least 0")
                .require(floor >= 0 && floor <= rate, "floor: " + floor + " is not between 0 and the rate " + rate)
                .throwIfAny();
    }

    /** Returns a rate that never changes. */
    public static LearningRate constant(double rate) {
        return new LearningRate(rate, Decay.CONSTANT, List.of(), 0.1, 1, 0, 0);
    }

    /** Returns a rate that falls along half a cosine wave to 0, after a warm-up of the given length. */
    public static LearningRate cosine(double rate, double warmupEpochs) {
        return new LearningRate(rate, Decay.COSINE, List.of(), 0.1, 1, warmupEpochs, 0);
    }

    /**
     * Returns the rate at a moment of the run. Steps ask for their middle, so that neither the first step of a warm-up
     * nor the last of a decay is lost to a rate of 0.
     *
     * @param epoch epochs done, with fractions, in [0, epochs]
     * @param epochs epochs of the whole run
     */
    public double at(double epoch, double epochs) {
        if (epoch < warmupEpochs) {
            return rate * epoch / warmupEpochs;
        }
        double done = epochs > warmupEpochs ? Math.min(1, (epoch - warmupEpochs) / (epochs - warmupEpochs)) : 1;
        double decayed = switch (decay) {
            case CONSTANT -> rate;
            case STEP -> stepped(epoch);
            case POLYNOMIAL -> floor + (rate - floor) * Math.pow(1 - done, power);
            case COSINE -> floor + (rate - floor) * 0.5 * (1 + Math.cos(Math.PI * done));
        };
        return Math.max(floor, decayed);
    }

    /** Returns a rate that is this one's multiple at every moment. */
    LearningRate scaled(double by) {
        return new LearningRate(rate * by, decay, milestones, factor, power, warmupEpochs, floor * by);
    }

    private double stepped(double epoch) {
        double stepped = rate;
        for (double milestone : milestones) {
            if (epoch >= milestone) {
                stepped *= factor;
            }
        }
        return stepped;
    }

    private static boolean positive(double value) {
        return value > 0 && Double.isFinite(value);
    }

    private static boolean ascending(List<Double> epochs) {
        double last = 0;
        for (double epoch : epochs) {
            if (!(epoch > last) || !Double.isFinite(epoch)) {
                return false;
            }
            last = epoch;
        }
        return true;
    }
}
