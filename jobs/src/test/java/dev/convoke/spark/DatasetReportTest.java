package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.data.TestImages;
import dev.convoke.evaluation.report.DatasetReport;
import dev.convoke.shard.Quarantine;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.Duplicates;
import dev.convoke.shard.ingest.Revisions;
import dev.convoke.spark.ShardingOptions.LabelConflicts;
import dev.convoke.spark.ShardingOptions.OnConflict;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is said about a dataset beside it stays true and complete, whatever happens to the dataset. */
class DatasetReportTest extends ShardingFixture {

    private static final byte[] SAME = TestImages.jpeg(30, 20, 5);

    /** Seven images, one of them rejected and one there twice. */
    private ShardingResult first() throws IOException {
        put("cat", 5);
        write("cat/copy.jpg", SAME);
        write("cat/copy of copy.jpg", SAME);
        write("cat/empty.jpg", new byte[0]);
        return sharder.shard(options().withMaxQuarantineRate(0.5), (done, total, unit) -> {});
    }

    private ShardingOptions addition() throws IOException {
        Path more = folder.resolve("more/dog");
        Files.createDirectories(more);
        for (int i = 0; i < 3; i++) {
            Files.write(more.resolve(i + ".jpg"), TestImages.jpeg(20, 20, 900 + i));
        }
        Files.write(more.resolve("page.jpg"), "<html>".getBytes(StandardCharsets.UTF_8));
        return ShardingOptions.of(Location.parse(folder.resolve("more").toString()), out)
                .withOnConflict(OnConflict.ADD)
                .withMaxQuarantineRate(0.5);
    }

    @Test
    void aReportThatIsMissingIsWrittenAgainByTheSameCommand() throws IOException {
        ShardingResult made = first();
        JsonNode figures = figures();
        String page = page();

        store.delete(out.child("dataset.html"));
        assertThat(first().unchanged()).isTrue();
        assertThat(page()).contains("empty.jpg").hasSizeGreaterThan(page.length() / 2);
        assertThat(figures()).isEqualTo(figures);

        // Older datasets have no rows for SQL.
        String rows = text("figures.jsonl");
        store.delete(out.child("figures.jsonl"));
        assertThat(first().unchanged()).isTrue();
        assertThat(text("figures.jsonl")).isEqualTo(rows);

        // Killed between manifest and report: what was noticed lies in the workshop.
        for (String name : List.of("dataset.html", "dataset.json", "figures.jsonl", "duplicates.jsonl")) {
            store.delete(out.child(name));
        }
        DatasetReport.note(store, out.child(".sharding"), made.manifest(), made.findings());
        assertThat(first().unchanged()).isTrue();
        assertThat(figures()).isEqualTo(figures);
        assertThat(store.exists(out.child("duplicates.jsonl"))).isTrue();

        // Nothing left but the dataset: its quarantine still says what was rejected.
        store.delete(out.child("dataset.json"));
        assertThat(first().unchanged()).isTrue();
        assertThat(figures().at("/quarantined")).isEqualTo(figures.at("/quarantined"));
        assertThat(names(out)).doesNotContain(".sharding");
    }

    @Test
    void theReportOfAnAdditionSpeaksOfTheWholeDatasetAndTakingItBackBringsTheOldOneBack() throws IOException {
        first();
        JsonNode before = figures();
        String duplicates = text("duplicates.jsonl");
        String rows = text("figures.jsonl");

        ShardManifest after =
                sharder.shard(addition(), (done, total, unit) -> {}).manifest();

        assertThat(figures().at("/images/format/JPEG").asInt()).isEqualTo(6 + 3);
        assertThat(figures().at("/images/format/PNG").asInt()).isEqualTo(1);
        assertThat(figures().at("/quarantined").toString()).isEqualTo("{\"EMPTY\":1,\"NOT_AN_IMAGE\":1}");
        assertThat(figures().at("/quarantined_examples/EMPTY").asText()).isEqualTo("cat/empty.jpg");
        assertThat(figures().at("/duplicates/images").asInt()).isEqualTo(1);
        assertThat(figures().at("/manifest").asText()).isEqualTo(after.digest());
        assertThat(page()).contains("empty.jpg", "page.jpg");

        new Revisions(store, out).rollBackTo(1, () -> {});
        assertThat(names(out)).doesNotContain("dataset.html", "figures.jsonl");
        DatasetReport.restore(stores, out, out);

        assertThat(figures()).isEqualTo(before);
        assertThat(text("duplicates.jsonl")).isEqualTo(duplicates);
        assertThat(text("figures.jsonl")).isEqualTo(rows);
        assertThat(page()).contains("revision 1", "empty.jpg").doesNotContain("page.jpg");
        assertThat(names(out.child("revisions"))).isEmpty();
    }

    @Test
    void pixelsAreSummedUpOfAllImagesUpToFourThousandAndOfAKeyedSampleOfAboutAsManyBeyond() throws IOException {
        ShardManifest.SplitSummary all = ofPixels(4_000, "all");
        ShardManifest.SplitSummary sample = ofPixels(5_000, "sample");

        // Image i is one pixel of i mod 256, so there are as many pixels as images that were looked at.
        double mean = IntStream.range(0, 4_000).map(i -> i % 256).average().orElseThrow() / 255;
        assertThat(all.statistics().pixels()).isEqualTo(4_000);
        assertThat(all.statistics().mean())
                .allSatisfy(value -> assertThat(value).isCloseTo(mean, within(1e-9)));
        assertThat(sample.examples()).isEqualTo(5_000);
        // Four of five: within four standard deviations of the count, and of the mean of so many.
        assertThat(sample.statistics().pixels()).isBetween(4_000L - 113, 4_000L + 113);
        double spread = Math.sqrt(1 / 12.0);
        assertThat(sample.statistics().mean().get(0)).isCloseTo(0.5, within(4 * spread / Math.sqrt(4_000)));
        assertThat(sample.statistics().deviation().get(0)).isCloseTo(spread, within(0.01));
    }

    private ShardManifest.SplitSummary ofPixels(int count, String name) throws IOException {
        ByteBuffer pixels = ByteBuffer.allocate(16 + count)
                .putInt(0x803)
                .putInt(count)
                .putInt(1)
                .putInt(1);
        IntStream.range(0, count).forEach(i -> pixels.put((byte) i));
        TestDownloads.write(folder.resolve(name), "train-images-idx3-ubyte", pixels.array());
        TestDownloads.write(folder.resolve(name), "train-labels-idx1-ubyte", TestDownloads.idxLabels(count));
        return sharder.shard(
                        ShardingOptions.of(Location.parse(folder.resolve(name).toString()), out.child(name))
                                .withLabelConflicts(LabelConflicts.REPORT),
                        (done, total, unit) -> {})
                .manifest()
                .split(Split.TRAIN)
                .orElseThrow();
    }

    @Test
    void aRejectedPhotographIsShownAndALargerFileIsNamed() throws IOException {
        put("cat", 5);
        byte[] photograph = TestImages.jpeg(1600, 1200, 1);
        byte[] cut = Arrays.copyOf(photograph, photograph.length - 100);
        assertThat(cut.length).isBetween(20_000, 256 << 10);
        write("cat/cut.jpg", cut);
        byte[] noise = new byte[300_000];
        new Random(3).nextBytes(noise);
        System.arraycopy(photograph, 0, noise, 0, 2_000);
        write("cat/noise.jpg", noise);

        sharder.shard(options().withMaxQuarantineRate(0.5), (done, total, unit) -> {});

        assertThat(page())
                .contains("data:image/jpeg;base64," + Base64.getEncoder().encodeToString(cut))
                .contains("TRUNCATED: cat/cut.jpg", ": cat/noise.jpg")
                .doesNotContain(Base64.getEncoder().encodeToString(noise));
    }

    @Test
    void aSourceRefusedForItsImagesLeavesTheirListAndItsShardsToTheNextTry() throws IOException {
        put("cat", 5);
        put("dog", 5);
        write("cat/empty.jpg", new byte[0]);
        write("cat/page.jpg", "<html>".getBytes(StandardCharsets.UTF_8));

        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> sharder.shard(options(), (done, total, unit) -> {}))
                .withMessageContaining("every rejected file is listed in " + out + "/.refused/quarantine.jsonl");
        List<String> listed = new ArrayList<>();
        Quarantine.read(store, out.child(".refused/quarantine.jsonl"), entry -> listed.add(entry.path()));
        assertThat(listed).containsExactlyInAnyOrder("cat/empty.jpg", "cat/page.jpg");

        List<Object> finished = inodes(".sharding", ".*/finished-.*\\.parquet");
        assertThat(finished).isNotEmpty();
        sharder.shard(options().withMaxQuarantineRate(0.5), (done, total, unit) -> {});
        assertThat(inodes("train", ".*\\.parquet")).containsExactlyInAnyOrderElementsOf(finished);
        assertThat(names(out)).doesNotContain(".refused", ".sharding");
    }

    @Test
    void aSourceRefusedForItsLabelsLeavesTheListOfThem() throws IOException {
        put("cat", 3);
        put("dog", 3);
        write("cat/a.jpg", SAME);
        write("dog/b.jpg", SAME);

        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> sharder.shard(options(), (done, total, unit) -> {}))
                .withMessageContaining("they are listed in " + out + "/.refused/duplicates.jsonl");
        assertThat(text(".refused/duplicates.jsonl")).contains("cat/a.jpg", "dog/b.jpg", "\"label_conflict\":true");

        ShardManifest made = sharder.shard(
                        options().withLabelConflicts(LabelConflicts.REPORT), (done, total, unit) -> {})
                .manifest();
        assertThat(made.shards().stream().mapToLong(ShardEntry::rows).sum()).isEqualTo(8);
        assertThat(names(out)).doesNotContain(".refused", ".sharding");
    }

    @Test
    void everyImageUnderTwoLabelsIsListedHoweverManyThereAre() throws IOException {
        Set<String> conflicts = new TreeSet<>();
        for (int i = 0; i < 150; i++) {
            byte[] both = TestImages.encode(TestImages.picture(16, 16, i), "png");
            write("cat/" + i + ".png", both);
            write("dog/" + i + ".png", both);
            conflicts.add("cat/" + i + ".png");
            conflicts.add("dog/" + i + ".png");
        }
        byte[] unsuspicious = TestImages.jpeg(8, 9, 1);
        write("cat/one.jpg", unsuspicious);
        write("cat/two.jpg", unsuspicious);

        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> sharder.shard(options(), (done, total, unit) -> {}))
                .withMessageContaining("150 images of")
                .withMessageContaining("they are listed in " + out + "/.refused/duplicates.jsonl");

        Set<String> listed = new TreeSet<>();
        for (String line : text(".refused/duplicates.jsonl").lines().toList()) {
            JsonNode image = new ObjectMapper().readTree(line);
            assertThat(image.get("label_conflict").asBoolean()).isTrue();
            image.get("files").forEach(file -> listed.add(file.get("path").asText()));
        }
        assertThat(listed).isEqualTo(conflicts);
    }

    @Test
    void ofAnImageThatIsThereVeryOftenAFewFilesAreHeldThatShowEveryConflict() {
        Duplicates.Sightings one = Duplicates.Sightings.NONE;
        Duplicates.Sightings two = Duplicates.Sightings.NONE;
        for (int i = 0; i < 5_000; i++) {
            Duplicates.Member member = new Duplicates.Member(
                    i == 4_321 ? Split.TEST : Split.TRAIN,
                    i == 3_210 ? 7 : 3,
                    String.format(Locale.ROOT, "cat/%05d.jpg", i));
            one = i % 2 == 0 ? one.with(member) : one;
            two = i % 2 == 1 ? two.with(member) : two;
        }

        Duplicates.Sightings all = one.plus(two);

        assertThat(all).isEqualTo(two.plus(one));
        assertThat(all.count()).isEqualTo(5_000);
        assertThat(all.members()).hasSizeLessThanOrEqualTo(24);
        Duplicates found = Duplicates.of("digest", all);
        assertThat(List.of(found.groups(), found.surplus(), found.conflicts(), found.overlaps()))
                .containsExactly(1L, 4_999L, 1L, 1L);
        assertThat(found.examples().get(0).members())
                .extracting(Duplicates.Member::path)
                .contains("cat/00000.jpg", "cat/00019.jpg", "cat/03210.jpg", "cat/04321.jpg");
    }

    private List<Object> inodes(String below, String pattern) throws IOException {
        List<Object> inodes = new ArrayList<>();
        for (Path file : walk(Path.of(out.uri().substring(5)).resolve(below))) {
            if (file.toString().matches(pattern)) {
                inodes.add(Files.getAttribute(file, "unix:ino"));
            }
        }
        return inodes;
    }

    private JsonNode figures() throws IOException {
        return new ObjectMapper().readTree(text("dataset.json"));
    }

    private String page() {
        return text("dataset.html");
    }

    private String text(String name) {
        return new String(store.read(out.child(name), 1 << 24), StandardCharsets.UTF_8);
    }
}
