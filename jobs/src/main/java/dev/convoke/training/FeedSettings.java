package dev.convoke.training;

import java.io.Serializable;
import java.util.List;

/**
 * How examples become minibatches. Sampling, mixup and class weights decide the mathematics; threads and minibatches
 * ahead only the speed.
 *
 * @param decoders threads that decode for one worker, at least 1
 * @param ahead minibatches filled before they are asked for, at least 1
 * @param sampling which examples an epoch has
 * @param mixup the alpha of mixup's Beta distribution; 0 mixes nothing, 0.2 is usual
 * @param classWeights what each class's loss is multiplied by, by label; empty for 1 everywhere
 */
public record FeedSettings(int decoders, int ahead, Sampling sampling, double mixup, List<Double> classWeights)
        implements Serializable {

    /** Row groups that a worker may hold beside its shuffle window: one in use, the others read ahead. */
    public static final int GROUPS_BESIDE_WINDOW = 5;

    private static final long serialVersionUID = 1L;

    /** One decoder, two minibatches ahead, every example once, nothing mixed or weighted. */
    public static final FeedSettings DEFAULT = new FeedSettings(1, 2, Sampling.UNIFORM, 0, List.of());

    /** Which examples an epoch has. */
    public enum Sampling {
        /** Every example once. */
        UNIFORM,
        /** As many examples as the split has, equally many of each class: some are left out, some repeated. */
        BALANCED
    }

    /**
     * Checks the values.
     *
     * @throws InvalidSettingsException with every problem found
     */
    public FeedSettings {
        classWeights = List.copyOf(classWeights);
        new Problems()
                .require(decoders >= 1, "decoders: " + decoders + " is not at least 1")
                .require(ahead >= 1, "ahead: " + ahead + " is not at least 1")
                .require(mixup >= 0 && mixup <= 100, "mixup: " + mixup + " is not in [0, 100]")
                .require(
                        classWeights.stream().allMatch(weight -> weight > 0 && Double.isFinite(weight)),
                        "class weights: " + classWeights + " are not all above 0")
                .throwIfAny();
    }
}
