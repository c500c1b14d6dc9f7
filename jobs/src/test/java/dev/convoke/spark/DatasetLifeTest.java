package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.data.Example;
import dev.convoke.data.ImageDecoder;
import dev.convoke.data.RgbImage;
import dev.convoke.data.TestImages;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.ClassBalance;
import dev.convoke.spark.ShardingOptions.LabelConflicts;
import dev.convoke.spark.ShardingOptions.OnConflict;
import dev.convoke.storage.Location;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

/** Adding to a dataset, asking twice, going on after a kill, and what is said about it. */
class DatasetLifeTest extends ShardingFixture {

    @Test
    void anAdditionSharesTheOldShardsAndKeepsTheirLabels() throws IOException {
        put("cat", 9);
        put("dog", 6);
        ShardManifest first = shard(options());
        Path more = folder.resolve("more");
        Files.createDirectories(more.resolve("ape"));
        Files.createDirectories(more.resolve("dog"));
        for (int i = 0; i < 4; i++) {
            Files.write(more.resolve("ape/" + i + ".jpg"), TestImages.jpeg(20, 20, 900 + i));
            Files.write(more.resolve("dog/" + i + ".jpg"), TestImages.jpeg(24, 20, 950 + i));
        }
        ShardingOptions addition =
                ShardingOptions.of(Location.parse(more.toString()), out).withOnConflict(OnConflict.ADD);

        ShardManifest second = shard(addition);

        assertThat(second.classes()).containsExactly("cat", "dog", "ape");
        assertThat(second.split(Split.TRAIN).orElseThrow().perClass()).containsExactly(9L, 10L, 4L);
        assertThat(second.shards())
                .containsAll(first.shards())
                .hasSizeGreaterThan(first.shards().size());
        assertThat(second.history().revision()).isEqualTo(2);
        assertThat(second.history().parent()).isEqualTo(first.digest());
        ShardedDataset dataset = ShardedDataset.open(stores, out);
        dataset.verify();
        Map<Integer, Long> labels = all(dataset, Split.TRAIN).stream()
                .collect(Collectors.groupingBy(Example::label, TreeMap::new, Collectors.counting()));
        assertThat(labels).containsEntry(0, 9L).containsEntry(1, 10L).containsEntry(2, 4L);
        Location kept = out.child("revisions/manifest-000001.json");
        assertThat(ShardManifest.fromJson(Files.readAllBytes(Path.of(kept.uri().substring(5))), kept))
                .isEqualTo(first);
        // Means of parts weighed by their pixels are the mean of the whole.
        double expected = 0;
        double pixels = 0;
        for (Example example : all(dataset, Split.TRAIN)) {
            RgbImage image = new ImageDecoder().decode(example.encoded());
            for (int i = 0; i < image.pixels().length; i += 3) {
                expected += (image.pixels()[i] & 0xFF) / 255.0;
                pixels++;
            }
        }
        assertThat(second.split(Split.TRAIN).orElseThrow().statistics().mean().get(0))
                .isCloseTo(expected / pixels, within(1e-9));

        assertThat(sharder.shard(addition, (done, total, unit) -> {}).unchanged())
                .isTrue();
        assertThat(ShardManifest.read(store, out).digest()).isEqualTo(second.digest());
    }

    @Test
    void theSameRequestAgainChangesNothingAndReadsNoImage() throws IOException {
        put("cat", 6);
        ShardManifest first = shard(options());
        List<String> seen = new ArrayList<>();

        ShardingResult again = sharder.shard(options(), (done, total, unit) -> seen.add(unit));

        assertThat(again.unchanged()).isTrue();
        assertThat(again.manifest()).isEqualTo(first);
        assertThat(seen).doesNotContain("images");
    }

    @Test
    void aKilledJobLeavesShardsThatTheNextOneUses() throws IOException {
        put("cat", 40);
        put("dog", 40);
        // What a job that was killed leaves: finished shards, half of others, its own folder, and nobody alive.
        ShardManifest whole = shard(options().withSizes(1, 64));
        Path dataset = Path.of(out.uri().substring(5));
        byte[] before = Files.readAllBytes(dataset.resolve("manifest.json"));
        Path copy = folder.resolve("copy");
        Location other = Location.parse(copy.toString());
        ShardingOptions request = ShardingOptions.of(options().source(), other).withSizes(1, 64);
        Killed killed = new Killed();
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> sharder.shard(request, killed))
                .withMessageContaining("killed");
        assertThat(Files.exists(copy.resolve("manifest.json"))).isFalse();
        List<Path> finished = walk(copy.resolve(".sharding")).stream()
                .filter(path ->
                        path.toString().endsWith(".parquet") && path.toString().contains("finished-"))
                .toList();
        assertThat(finished).isNotEmpty();
        Files.createDirectories(copy.resolve(".sharding/job-dead"));
        Map<Path, Long> written = new TreeMap<>();
        for (Path path : finished) {
            written.put(path, (Long) Files.getAttribute(path, "unix:ino"));
        }

        shard(request);

        assertThat(Files.readAllBytes(copy.resolve("manifest.json"))).isEqualTo(before);
        assertThat(Files.exists(copy.resolve(".sharding"))).isFalse();
        List<Object> inodes = new ArrayList<>();
        for (ShardEntry entry : whole.shards()) {
            inodes.add(Files.getAttribute(copy.resolve(entry.file()), "unix:ino"));
        }
        assertThat(inodes).containsAll(written.values());
    }

    @Test
    void aJobThatSparkGivesUpLeavesShardsThatTheNextOneUses() throws IOException {
        byte[] slow = TestImages.encode(new BufferedImage(3000, 3000, BufferedImage.TYPE_BYTE_BINARY), "png");
        for (int i = 0; i < 24; i++) {
            // What follows the end of a JPEG makes it long, so that there are several shards.
            write("cat/" + i + ".jpg", Arrays.copyOf(TestImages.jpeg(20, 20, i), 300_000));
            write("cat/" + i / 3 + ".png", slow);
        }
        ShardingOptions request = options().withSizes(1, 512);

        Path dataset = Path.of(out.uri().substring(5));

        assertThatThrownBy(() -> sharder.shard(request, (done, total, unit) -> {
                    if (unit.equals("images") && !finished(dataset).isEmpty()) {
                        SharedSpark.local().sc().cancelJobGroup("shard");
                    }
                }))
                .isExactlyInstanceOf(SparkException.class)
                .hasMessageContaining("cancelled");

        assertThat(dataset.resolve("manifest.json")).doesNotExist();
        List<Object> finished = finished(dataset);
        assertThat(finished).isNotEmpty();

        List<Object> used = new ArrayList<>();
        for (ShardEntry shard : shard(request).shards()) {
            used.add(Files.getAttribute(dataset.resolve(shard.file()), "unix:ino"));
        }
        assertThat(used).containsAll(finished).hasSizeGreaterThan(finished.size());
        assertThat(dataset.resolve(".sharding")).doesNotExist();
    }

    private static List<Object> finished(Path dataset) {
        try {
            List<Object> inodes = new ArrayList<>();
            for (Path marker : walk(dataset.resolve(".sharding"))) {
                if (marker.toString().matches(".*/finished-.*\\.json")) {
                    JsonNode outcome = new ObjectMapper().readTree(Files.readAllBytes(marker));
                    Path shard = Path.of(outcome.get("file").asText().substring(5));
                    inodes.add(Files.getAttribute(shard, "unix:ino"));
                }
            }
            return inodes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the job when the last image was counted in: after the shards are made, before the dataset is there. */
    private static final class Killed implements ShardingProgress {
        @Override
        public void update(long done, long total, String unit) {
            if (unit.equals("images") && done == total) {
                throw new IllegalStateException("killed");
            }
        }
    }

    @Test
    void replacingLeavesADatasetAtEveryMomentAndOnlyTheNewOneInTheEnd() throws IOException {
        put("cat", 12);
        shard(options());
        put("cat", 20);
        ShardManifest second = shard(options().withOnConflict(OnConflict.REPLACE));
        put("cat", 25);
        ShardManifest third = shard(options().withOnConflict(OnConflict.REPLACE));

        assertThat(second.split(Split.TRAIN).orElseThrow().examples()).isEqualTo(20);
        ShardedDataset dataset = ShardedDataset.open(stores, out);
        dataset.verify();
        assertThat(dataset.manifest()).isEqualTo(third);
        // No name is used by both a dataset and its replacement: until the manifest is exchanged, the old one is whole.
        assertThat(third.shards().stream().map(shard -> shard.file()).toList())
                .doesNotContainAnyElementsOf(
                        second.shards().stream().map(shard -> shard.file()).toList());
        assertThat(names(out.child("train"))).hasSameSizeAs(third.shards());
    }

    @Test
    void imagesThatAreThereTwiceAreReportedAndLabelConflictsRefused() throws IOException {
        byte[] same = TestImages.jpeg(30, 20, 5);
        put("train/cat", 5);
        put("train/dog", 5);
        put("val/cat", 3);
        put("val/dog", 3);
        write("train/cat/copy.jpg", same);
        write("train/cat/copy of copy.jpg", same);
        write("val/cat/copy.jpg", same);
        ShardingResult overlapping = sharder.shard(options(), (done, total, unit) -> {});
        assertThat(overlapping.findings().duplicates().overlaps()).isEqualTo(1);
        assertThat(overlapping.findings().duplicates().surplus()).isEqualTo(2);

        write("train/dog/copy.jpg", same);
        ShardingOptions replacing = options().withOnConflict(OnConflict.REPLACE);
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> shard(replacing))
                .withMessageContaining("1 images of")
                .withMessageContaining("train/cat/copy of copy.jpg (cat)")
                .withMessageContaining("--label-conflicts report");
        assertThat(ShardManifest.read(store, out)).isEqualTo(overlapping.manifest());

        shard(replacing.withLabelConflicts(LabelConflicts.REPORT));

        JsonNode figures = new ObjectMapper().readTree(store.read(out.child("dataset.json"), 1 << 20));
        assertThat(figures.at("/duplicates/label_conflicts").asInt()).isEqualTo(1);
        assertThat(figures.at("/duplicates/split_overlaps").asInt()).isEqualTo(1);
        assertThat(figures.at("/images/format/PNG").asInt()).isEqualTo(4);
        assertThat(figures.at("/splits/train/classes/0/suggested_weight").asDouble())
                .isCloseTo(13.0 / 2 / 7, within(1e-12));
        JsonNode line = new ObjectMapper().readTree(store.read(out.child("duplicates.jsonl"), 1 << 20));
        assertThat(line.at("/files").size()).isEqualTo(4);
        String page = new String(store.read(out.child("dataset.html"), 1 << 22), StandardCharsets.UTF_8);
        assertThat(page).contains("data:image/jpeg;base64,", "under more than one label", "width : height");
    }

    @Test
    void theLimitOnRejectedFilesIsExact() throws IOException {
        put("cat", 99);
        write("cat/bad.jpg", new byte[] {1});

        shard(options().withMaxQuarantineRate(0.01));

        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(
                        () -> shard(options().withOnConflict(OnConflict.REPLACE).withMaxQuarantineRate(0.0099)))
                .withMessageContaining("1 of 100 images")
                .withMessageContaining("1.000 %")
                .withMessageContaining("1 NOT_AN_IMAGE (such as cat/bad.jpg)");
    }

    @Test
    void theFormatIsKnownByTheFirstBytesAndOddNamesAreKept() throws IOException {
        byte[] png = TestImages.encode(TestImages.picture(12, 10, 3), "png");
        put("cat", 3);
        write("cat/picture.JPEG", png);
        write("cat/line\nbreak: 100%.jpg", TestImages.jpeg(14, 10, 50));
        write("cat/" + "x".repeat(240) + ".jpg", TestImages.jpeg(14, 10, 51));
        write("e\u0301tude/1.jpg", TestImages.jpeg(14, 10, 52));
        write("\u00e9tude/2.jpg", TestImages.jpeg(14, 10, 53));
        write("\ud83d\udc31/1.jpg", TestImages.jpeg(14, 10, 54));

        ShardManifest manifest = shard(options());

        assertThat(manifest.classes()).containsExactly("cat", "\u00e9tude", "\ud83d\udc31");
        assertThat(manifest.split(Split.TRAIN).orElseThrow().perClass()).containsExactly(6L, 2L, 1L);
        Map<String, byte[]> found = new TreeMap<>();
        all(ShardedDataset.open(stores, out), Split.TRAIN)
                .forEach(example -> found.put(example.path(), example.encoded()));
        assertThat(found.get("cat/picture.JPEG")).isEqualTo(png);
        assertThat(found).containsKey("cat/line%0Abreak: 100%25.jpg");
    }

    @Test
    void balanceIsMeasuredAndWeighed() {
        ClassBalance balance = new ClassBalance(List.of(1000L, 1L, 0L));

        assertThat(balance.ratio()).isEqualTo(1000);
        assertThat(balance.weight(0)).isCloseTo(1001 / 2.0 / 1000, within(1e-12));
        assertThat(balance.weight(1)).isCloseTo(1001 / 2.0, within(1e-12));
        assertThat(balance.weight(2)).isEqualTo(1);
    }

    private ShardManifest shard(ShardingOptions options) {
        return sharder.shard(options, (done, total, unit) -> {}).manifest();
    }
}
