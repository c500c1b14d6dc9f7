package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.data.Example;
import dev.convoke.data.TestImages;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.spark.ShardingOptions.OnConflict;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * A file that a source was refused for and that was then repaired in place counts as it is now, also where its length
 * is what it was, as with flipped bits and with raw records.
 */
class RepairedSourceTest extends ShardingFixture {

    private static final int LENGTH = 5_000;

    @Test
    void aRejectedFileThatWasRepairedAtTheSameLengthLetsTheSameCommandPass() throws IOException {
        put("dog", 5);
        write("cat/1.jpg", new byte[LENGTH]);
        assertRefused(options(), "1 NOT_AN_IMAGE (such as cat/1.jpg)");
        byte[] repaired = photograph(1);
        write("cat/1.jpg", repaired);

        ShardingResult made = sharder.shard(options(), (done, total, unit) -> {});

        assertThat(made.manifest().quarantined()).isZero();
        assertThat(bytesOf("cat/1.jpg")).isEqualTo(repaired);
    }

    @Test
    void anImageUnderTheWrongLabelThatWasExchangedAtTheSameLengthLetsTheSameCommandPass() throws IOException {
        write("cat/1.jpg", photograph(1));
        write("dog/1.jpg", photograph(1));
        assertRefused(options(), "cat/1.jpg (cat) and dog/1.jpg (dog)");
        write("dog/1.jpg", photograph(2));

        sharder.shard(options(), (done, total, unit) -> {});

        assertThat(bytesOf("dog/1.jpg")).isEqualTo(photograph(2));
    }

    @Test
    void replacingTakesRepairedFilesAsTheyAreNow() throws IOException {
        write("cat/1.jpg", photograph(1));
        write("cat/2.jpg", photograph(2));
        sharder.shard(options(), (done, total, unit) -> {});
        ShardingOptions replacing = options().withOnConflict(OnConflict.REPLACE);
        write("cat/1.jpg", new byte[LENGTH]);
        assertRefused(replacing, "1 NOT_AN_IMAGE (such as cat/1.jpg)");
        write("cat/1.jpg", photograph(3));
        // One that was good all along, too.
        write("cat/2.jpg", photograph(4));

        sharder.shard(replacing, (done, total, unit) -> {});

        assertThat(bytesOf("cat/1.jpg")).isEqualTo(photograph(3));
        assertThat(bytesOf("cat/2.jpg")).isEqualTo(photograph(4));
    }

    /** Decoders do not look at what follows the end of a JPEG. */
    private static byte[] photograph(int seed) {
        return Arrays.copyOf(TestImages.jpeg(30, 20, seed), LENGTH);
    }

    private void assertRefused(ShardingOptions options, String why) {
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> sharder.shard(options, (done, total, unit) -> {}))
                .withMessageContaining(why);
    }

    private byte[] bytesOf(String path) {
        return all(ShardedDataset.open(stores, out), Split.TRAIN).stream()
                .filter(example -> example.path().equals(path))
                .map(Example::encoded)
                .findFirst()
                .orElseThrow();
    }
}
