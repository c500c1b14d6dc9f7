package dev.convoke.spark;

import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import java.nio.charset.StandardCharsets;

/**
 * What to shard and how. Build it from {@link #of} and the {@code with} methods.
 *
 * @param source a folder of images, a tar of one, a list of files, or a folder of ImageNet's, CIFAR's or MNIST's
 *     downloads
 * @param out where the dataset goes
 * @param validationFraction how much of what is for training becomes the validation split
 * @param testFraction how much of what is for training becomes the test split
 * @param resize largest shorter side in pixels, larger images are encoded again as JPEGs of quality 95; 0 leaves every
 *     file as it is
 * @param shardMegabytes about how large a shard becomes, in MB of source images
 * @param rowGroupKilobytes how large a row group, one sequential read, becomes
 * @param seed keys the draw of splits and the place of every example
 * @param onConflict what happens if there is a dataset already
 * @param maxQuarantineRate refuses a source of which more than this fraction is rejected
 * @param labelConflicts what happens if one image stands under more than one label
 */
public record ShardingOptions(
        Location source,
        Location out,
        double validationFraction,
        double testFraction,
        int resize,
        int shardMegabytes,
        int rowGroupKilobytes,
        long seed,
        OnConflict onConflict,
        double maxQuarantineRate,
        LabelConflicts labelConflicts) {

    /** What happens if there is a dataset already. */
    public enum OnConflict {
        /** The job is refused. */
        FAIL,
        /** The dataset is replaced once the new one is complete. */
        REPLACE,
        /** The source joins the dataset: a new revision that shares the shards there are. */
        ADD
    }

    /** What happens if one image stands under more than one label. */
    public enum LabelConflicts {
        /** The job is refused. */
        REFUSE,
        /** It is in the dataset's report, and trained on under each. */
        REPORT
    }

    /** Checks the ranges. */
    public ShardingOptions {
        require(resize >= 0, "--resize is at least 0 pixels, not " + resize);
        require(shardMegabytes >= 1, "--shard-mb is at least 1, not " + shardMegabytes);
        require(
                rowGroupKilobytes >= 64 && rowGroupKilobytes <= 1 << 20,
                "--row-group-kb is between 64 and 1048576, not " + rowGroupKilobytes);
        require(
                maxQuarantineRate >= 0 && maxQuarantineRate <= 1,
                "--max-quarantine-rate is between 0 and 1, not " + maxQuarantineRate);
        require(
                validationFraction >= 0 && testFraction >= 0 && validationFraction + testFraction < 1,
                "--validation-fraction and --test-fraction are at least 0 and together below 1, not "
                        + validationFraction + " and " + testFraction);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /**
     * Returns the usual way: no drawn splits, files as they are, shards of 64 MB, row groups of 2 MB, seed 0, at most
     * one in a thousand rejected.
     */
    public static ShardingOptions of(Location source, Location out) {
        return new ShardingOptions(source, out, 0, 0, 0, 64, 2048, 0, OnConflict.FAIL, 0.001, LabelConflicts.REFUSE);
    }

    /** Returns this with fractions for validation and test. */
    public ShardingOptions withFractions(double validation, double test) {
        return new ShardingOptions(
                source,
                out,
                validation,
                test,
                resize,
                shardMegabytes,
                rowGroupKilobytes,
                seed,
                onConflict,
                maxQuarantineRate,
                labelConflicts);
    }

    /** Returns this with images no larger than {@code side} pixels on their shorter side. */
    public ShardingOptions withResize(int side) {
        return new ShardingOptions(
                source,
                out,
                validationFraction,
                testFraction,
                side,
                shardMegabytes,
                rowGroupKilobytes,
                seed,
                onConflict,
                maxQuarantineRate,
                labelConflicts);
    }

    /** Returns this with other sizes of shards and row groups. */
    public ShardingOptions withSizes(int shardMb, int rowGroupKb) {
        return new ShardingOptions(
                source,
                out,
                validationFraction,
                testFraction,
                resize,
                shardMb,
                rowGroupKb,
                seed,
                onConflict,
                maxQuarantineRate,
                labelConflicts);
    }

    /** Returns this with a seed. */
    public ShardingOptions withSeed(long newSeed) {
        return new ShardingOptions(
                source,
                out,
                validationFraction,
                testFraction,
                resize,
                shardMegabytes,
                rowGroupKilobytes,
                newSeed,
                onConflict,
                maxQuarantineRate,
                labelConflicts);
    }

    /** Returns this with another answer to a dataset that is there already. */
    public ShardingOptions withOnConflict(OnConflict answer) {
        return new ShardingOptions(
                source,
                out,
                validationFraction,
                testFraction,
                resize,
                shardMegabytes,
                rowGroupKilobytes,
                seed,
                answer,
                maxQuarantineRate,
                labelConflicts);
    }

    /** Returns this with another limit on rejected inputs. */
    public ShardingOptions withMaxQuarantineRate(double rate) {
        return new ShardingOptions(
                source,
                out,
                validationFraction,
                testFraction,
                resize,
                shardMegabytes,
                rowGroupKilobytes,
                seed,
                onConflict,
                rate,
                labelConflicts);
    }

    /** Returns this with another answer to images that stand under more than one label. */
    public ShardingOptions withLabelConflicts(LabelConflicts answer) {
        return new ShardingOptions(
                source,
                out,
                validationFraction,
                testFraction,
                resize,
                shardMegabytes,
                rowGroupKilobytes,
                seed,
                onConflict,
                maxQuarantineRate,
                answer);
    }

    /**
     * Returns a digest of what decides a dataset's bytes: these options and what the source holds, by its listing.
     *
     * @param listing digest over the names and lengths of all inputs
     */
    String request(String listing) {
        return Sha256.of(String.join(
                        "\n",
                        listing,
                        Double.toString(validationFraction),
                        Double.toString(testFraction),
                        Integer.toString(resize),
                        Integer.toString(shardMegabytes),
                        Integer.toString(rowGroupKilobytes),
                        Long.toString(seed))
                .getBytes(StandardCharsets.UTF_8));
    }
}
