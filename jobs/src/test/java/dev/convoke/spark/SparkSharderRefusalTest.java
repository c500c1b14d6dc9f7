package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.data.TestImages;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.Layout;
import dev.convoke.shard.ingest.SplitDraw;
import dev.convoke.shard.ingest.TestTars;
import dev.convoke.spark.ShardingOptions.OnConflict;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
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
    void aClassOfOneImageIsTrainedOnOrRefusedButNeverOnlyValidated() throws IOException {
        put("cat", 30);
        ShardingOptions drawing = options().withFractions(0.5, 0);
        SplitDraw draw = new SplitDraw(drawing.seed(), 0.5, 0);
        write(one(draw, Split.VALIDATION), TestImages.jpeg(20, 20, 1));
        assertRefused(
                drawing,
                "Classes of " + drawing.source() + " have no images to train on: owl. Add images to them, lower"
                        + " --validation-fraction");

        Files.delete(images.resolve(one(draw, Split.VALIDATION)));
        write(one(draw, Split.TRAIN), TestImages.jpeg(20, 20, 1));
        ShardManifest made = sharder.shard(drawing, (done, total, unit) -> {}).manifest();

        assertThat(made.split(Split.TRAIN).orElseThrow().perClass().get(1)).isEqualTo(1);
        assertThat(made.split(Split.VALIDATION).orElseThrow().perClass().get(1)).isZero();
    }

    /** Returns the name of an owl that is drawn for a split. */
    private static String one(SplitDraw draw, Split split) {
        return IntStream.range(0, 100)
                .mapToObj(i -> "owl/" + i + ".jpg")
                .filter(path -> draw.split(path, new Layout.Place(null, "owl")) == split)
                .findFirst()
                .orElseThrow();
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
                .containsExactly(
                        "dataset.html", "dataset.json", "figures.jsonl", "manifest.json", "quarantine.jsonl", "train");
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
        byte[] twice = new TestTars()
                .file("cat/1.jpg", jpeg)
                .file("cat/2.jpg", jpeg)
                .file("cat/1.jpg", TestImages.jpeg(20, 20, 2))
                .bytes();
        for (String name : List.of("twice.tar", "twice.tar.gz")) {
            Path file = folder.resolve(name);
            Files.write(file, name.endsWith(".gz") ? TestTars.gzip(twice) : twice);

            assertRefused(ShardingOptions.of(Location.parse(file.toString()), out), "holds 'cat/1.jpg' twice");
        }
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
