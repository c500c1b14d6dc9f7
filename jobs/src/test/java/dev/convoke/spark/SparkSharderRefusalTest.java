package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.data.TestImages;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.TestTars;
import dev.convoke.spark.ShardingOptions.OnConflict;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SparkSharderRefusalTest extends ShardingFixture {

    @Test
    void tooManyBrokenFilesAreRefusedWithCountsAndReasons() throws IOException {
        put("cat", 10);
        put("dog", 9);
        write("cat/empty.jpg", new byte[0]);

        assertRefusedLate(
                options(), "1 of 20 images in", "(5.000 %, the limit is 0.100 %)", "1 EMPTY (such as cat/empty.jpg)");
    }

    @Test
    void whatCannotBecomeADatasetIsRefusedAndLeavesNothing() throws IOException {
        assertRefused(options(), "There is nothing at");
        Files.createDirectories(images);
        assertRefused(options(), "no class folders in", "class/*.jpg");
        Files.createDirectories(images.resolve("owl"));
        assertRefused(options(), "There are no images in");
        put("cat", 3);
        assertRefused(options(), "have no images: owl. Add images to them, or remove their folders");
        write("owl/a.jpg", new byte[] {1, 2, 3});
        assertRefusedLate(options().withMaxQuarantineRate(1), "have no usable images: owl");
        store.delete(out);
        Files.createDirectories(images.resolve("test"));
        assertRefused(options(), "splits (test) and others (cat, owl) side by side");
        assertRefused(ShardingOptions.of(out, out.child("x")), "one inside the other");
        write("../list.rar", new byte[1]);
        assertRefused(
                ShardingOptions.of(Location.parse(folder.resolve("list.rar").toString()), out), "neither a folder nor");
    }

    @Test
    void aSourceWithNothingUsableIsRefused() throws IOException {
        write("cat/a.jpg", new byte[] {1});
        write("dog/a.jpg", new byte[0]);

        assertRefusedLate(options().withMaxQuarantineRate(1), "None of the 2 images in", "1 EMPTY", "1 NOT_AN_IMAGE");
    }

    @Test
    void anExistingDatasetIsKeptUnlessItIsToBeReplaced() throws IOException {
        put("cat", 5);
        put("dog", 5);
        sharder.shard(options(), (done, total, unit) -> {});
        String before = ShardManifest.read(store, out).digest();
        put("dog", 8);

        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> sharder.shard(options(), (done, total, unit) -> {}))
                .withMessageContaining("--on-conflict replace");
        assertThat(ShardManifest.read(store, out).digest()).isEqualTo(before);

        sharder.shard(options().withOnConflict(OnConflict.REPLACE), (done, total, unit) -> {});
        assertThat(all(ShardedDataset.open(stores, out), Split.TRAIN)).hasSize(13);
        assertThat(names(out))
                .containsExactly("dataset.html", "dataset.json", "manifest.json", "quarantine.jsonl", "train");
    }

    @Test
    void aFolderThatIsNoDatasetIsNeverReplaced() throws IOException {
        put("cat", 5);
        Files.createDirectories(folder.resolve("dataset"));
        Files.write(folder.resolve("dataset/thesis.txt"), new byte[] {1});

        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(
                        () -> sharder.shard(options().withOnConflict(OnConflict.REPLACE), (done, total, unit) -> {}))
                .withMessageContaining("is not empty (thesis.txt) and holds no dataset");
        assertThat(names(out)).containsExactly("thesis.txt");
    }

    @Test
    void aTarWithOneNameTwiceIsRefused() throws IOException {
        byte[] jpeg = TestImages.jpeg(20, 20, 1);
        Path file = folder.resolve("twice.tar");
        Files.write(
                file,
                new TestTars()
                        .file("cat/1.jpg", jpeg)
                        .file("cat/2.jpg", jpeg)
                        .file("cat/1.jpg", jpeg)
                        .bytes());

        assertRefused(ShardingOptions.of(Location.parse(file.toString()), out), "holds 'cat/1.jpg' twice");
    }

    /** Refused for what is in the images: they are listed, and finished shards wait for other options. */
    private void assertRefusedLate(ShardingOptions options, String... parts) {
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> sharder.shard(options, (done, total, unit) -> {}))
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
        assertThat(names(out)).containsExactly(".refused", ".sharding");
    }

    private void assertRefused(ShardingOptions options, String... parts) {
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> sharder.shard(options, (done, total, unit) -> {}))
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
        assertThat(store.exists(out)).isFalse();
    }
}
