package dev.convoke.config;

import dev.convoke.registry.promotion.PromotionRule;
import dev.convoke.registry.retraining.Trigger;
import dev.convoke.shard.Split;
import java.util.List;

/**
 * What is done every night: what a retraining file and the command line's overrides come to, every default filled in.
 *
 * @param name what people call it
 * @param recipe the recipe file, as written: relative to the retraining file
 * @param recipeOverrides {@code key=value}, in the place of what the recipe says
 * @param places where everything is
 * @param alias the name consumers read
 * @param start what training starts from
 * @param heldOut the split that champion and challenger are judged on
 * @param sharding how images become shards
 * @param additions what is asked of what is added later
 * @param trigger when it is worth training
 * @param rule when the challenger takes the champion's place
 * @param keeping what housekeeping leaves
 */
public record RetrainConfig(
        String name,
        String recipe,
        List<String> recipeOverrides,
        Places places,
        String alias,
        Start start,
        Split heldOut,
        Sharding sharding,
        Additions additions,
        Trigger trigger,
        PromotionRule rule,
        Keeping keeping) {

    /** Copies the list. */
    public RetrainConfig {
        recipeOverrides = List.copyOf(recipeOverrides);
    }

    /** What training starts from. */
    public enum Start {
        /** The champion's parameters, if it is a network of the same kind. */
        WARM,
        /** Random weights. */
        SCRATCH
    }

    /**
     * Where everything is, as URIs or paths.
     *
     * @param source where images arrive: what {@code shard} can read, growing
     * @param data the dataset
     * @param registry the model registry
     * @param work nights and their runs
     */
    public record Places(String source, String data, String registry, String work) {}

    /**
     * How images become shards.
     *
     * @param validationFraction share of the first night's images
     * @param testFraction share of the first night's images
     * @param resize largest shorter side in pixels; 0 leaves files as they are
     * @param shardMegabytes about how large a shard becomes
     * @param rowGroupKilobytes how large a row group becomes
     * @param seed keys splits and places
     * @param maxQuarantineRate refuses a night's images if more than this share is rejected
     * @param refusesLabelConflicts whether an image under two labels is an error
     */
    public record Sharding(
            double validationFraction,
            double testFraction,
            int resize,
            int shardMegabytes,
            int rowGroupKilobytes,
            long seed,
            double maxQuarantineRate,
            boolean refusesLabelConflicts) {}

    /**
     * What is asked of what is added later.
     *
     * @param validationFraction share of it that is held out
     * @param testFraction share of it that is held out for the test split
     * @param largestDrop if the champion gets so much less of it right than of the held-out examples, its labels are
     *     taken for wrong and it is held back; 1 for never
     * @param smallestExamples of fewer examples nothing is concluded
     * @param brokenFiles so many rejected images never refuse it, whatever their share: of few images one is a large
     *     one
     */
    public record Additions(
            double validationFraction,
            double testFraction,
            double largestDrop,
            int smallestExamples,
            int brokenFiles) {}

    /**
     * What housekeeping leaves, beside everything an alias names or named lately.
     *
     * @param nights how many of the newest nights
     * @param versions how many of the newest versions
     * @param aliasDays versions that an alias named within so many days stay
     */
    public record Keeping(int nights, int versions, double aliasDays) {}
}
