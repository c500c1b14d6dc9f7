package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.data.Example;
import dev.convoke.data.TestImages;
import dev.convoke.shard.Quarantine;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.TestTars;
import dev.convoke.storage.Location;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class SparkSharderTest extends ShardingFixture {

    @Test
    void everyImageOfEverySplitIsThereOnceWithItsBytes() throws IOException {
        Map<String, byte[]> expected = new TreeMap<>(put("train/cat", 12));
        expected.putAll(put("train/dog", 9));
        expected.putAll(put("val/cat", 3));
        expected.putAll(put("val/dog", 4));
        write("train/README.txt", new byte[] {1});

        ShardingResult result = sharder.shard(options(), (done, total, unit) -> {});

        assertThat(result.manifest().classes()).containsExactly("cat", "dog");
        assertThat(result.manifest().split(Split.TRAIN).orElseThrow().perClass())
                .containsExactly(12L, 9L);
        assertThat(result.manifest().split(Split.VALIDATION).orElseThrow().perClass())
                .containsExactly(3L, 4L);
        ShardedDataset dataset = ShardedDataset.open(stores, out);
        dataset.verify();
        assertThat(dataset.manifest()).isEqualTo(result.manifest());
        Map<String, byte[]> found = new TreeMap<>();
        for (Split split : List.of(Split.TRAIN, Split.VALIDATION)) {
            for (Example example : all(dataset, split)) {
                found.put(example.path(), example.encoded());
                assertThat(example.label()).isEqualTo(example.path().contains("cat") ? 0 : 1);
                assertThat(example.path()).startsWith(split == Split.TRAIN ? "train/" : "val/");
            }
        }
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach((path, bytes) -> assertThat(found.get(path)).as(path).isEqualTo(bytes));
        assertThat(names(out))
                .containsExactly(
                        "dataset.html",
                        "dataset.json",
                        "figures.jsonl",
                        "manifest.json",
                        "quarantine.jsonl",
                        "train",
                        "validation");
    }

    @Test
    void equalInputAndSeedGiveEqualBytesAndAnotherSeedAnotherOrder() throws IOException {
        put("cat", 30);
        put("dog", 30);
        ShardingOptions options = options().withFractions(0.2, 0.1).withSeed(5);
        Location again = Location.parse(folder.resolve("again").toString());
        Location other = Location.parse(folder.resolve("other").toString());

        String digest =
                sharder.shard(options, (done, total, unit) -> {}).manifest().digest();
        String same = sharder.shard(
                        ShardingOptions.of(options.source(), again)
                                .withFractions(0.2, 0.1)
                                .withSeed(5),
                        (done, total, unit) -> {})
                .manifest()
                .digest();
        ShardManifest different = sharder.shard(
                        ShardingOptions.of(options.source(), other)
                                .withFractions(0.2, 0.1)
                                .withSeed(6),
                        (done, total, unit) -> {})
                .manifest();

        assertThat(same).isEqualTo(digest);
        assertThat(different.digest()).isNotEqualTo(digest);
        ShardManifest manifest = ShardManifest.read(store, out);
        assertThat(manifest.splits()).hasSize(3);
        assertThat(manifest.split(Split.VALIDATION).orElseThrow().examples()).isBetween(5L, 20L);
        assertThat(different.source().fingerprint()).isEqualTo(manifest.source().fingerprint());
    }

    @Test
    void brokenFilesGoToTheQuarantineAndTheJobGoesOn() throws IOException {
        put("cat", 10);
        put("dog", 10);
        byte[] jpeg = TestImages.jpeg(30, 20, 1);
        write("cat/empty.jpg", new byte[0]);
        write("cat/page.jpg", "<html>404</html>".getBytes(StandardCharsets.UTF_8));
        write("dog/cut.jpg", Arrays.copyOf(jpeg, jpeg.length / 2));
        write("stray.jpg", jpeg);

        ShardingResult result = sharder.shard(options().withMaxQuarantineRate(0.2), (done, total, unit) -> {});

        Map<String, String> reasons = new TreeMap<>();
        Quarantine.read(store, out.child(Quarantine.FILE), entry -> reasons.put(entry.path(), entry.reason()));
        assertThat(reasons)
                .isEqualTo(Map.of(
                        "cat/empty.jpg", "EMPTY",
                        "cat/page.jpg", "NOT_AN_IMAGE",
                        "dog/cut.jpg", "TRUNCATED",
                        "stray.jpg", "NO_CLASS"));
        assertThat(result.rejections().total()).isEqualTo(4);
        assertThat(result.manifest().quarantined()).isEqualTo(4);
        assertThat(all(ShardedDataset.open(stores, out), Split.TRAIN)).hasSize(20);
    }

    @Test
    void largeImagesAreMadeSmallerOnRequest() throws IOException {
        write("cat/large.jpg", TestImages.jpeg(200, 100, 1));
        byte[] small = TestImages.jpeg(60, 40, 1);
        write("cat/small.jpg", small);

        sharder.shard(options().withResize(50), (done, total, unit) -> {});

        for (Example example : all(ShardedDataset.open(stores, out), Split.TRAIN)) {
            if (example.path().equals("cat/small.jpg")) {
                assertThat(example.encoded()).isEqualTo(small);
            } else {
                assertThat(TestImages.decodedByJdk(example.encoded()).getWidth())
                        .isEqualTo(100);
                assertThat(TestImages.decodedByJdk(example.encoded()).getHeight())
                        .isEqualTo(50);
            }
        }
    }

    @Test
    void progressEndsAtTheTotal() throws IOException {
        put("cat", 12);
        List<String> seen = new ArrayList<>();

        sharder.shard(options(), (done, total, unit) -> seen.add(done + "/" + total + " " + unit));

        assertThat(seen).endsWith("12/12 images");
    }

    @Test
    void aTarGivesWhatItsFoldersGive() throws IOException {
        put("cat", 12);
        put("dog", 9);
        TestTars tar = new TestTars();
        for (Map.Entry<String, byte[]> file : files().entrySet()) {
            tar.file(file.getKey(), file.getValue());
        }
        byte[] archive = tar.bytes();
        ShardManifest fromFolders =
                sharder.shard(options(), (done, total, unit) -> {}).manifest();

        for (String name : List.of("images.tar", "images.tar.gz")) {
            Path file = folder.resolve(name);
            Files.write(file, name.endsWith("gz") ? TestTars.gzip(archive) : archive);
            Location dataset = Location.parse(folder.resolve(name + "-dataset").toString());
            ShardManifest fromTar = sharder.shard(
                            ShardingOptions.of(Location.parse(file.toString()), dataset), (done, total, unit) -> {})
                    .manifest();

            assertThat(fromTar.shards()).isEqualTo(fromFolders.shards());
            assertThat(fromTar.source().kind()).isEqualTo("tar");
            assertThat(fromTar.source().fingerprint())
                    .isEqualTo(fromFolders.source().fingerprint());
            assertThat(names(dataset))
                    .containsExactly(
                            "dataset.html",
                            "dataset.json",
                            "figures.jsonl",
                            "manifest.json",
                            "quarantine.jsonl",
                            "train");
        }
    }

    @Test
    void aNameThatBeginsWithAnUnderscoreIsAnImageLikeOthers() throws IOException {
        put("cat", 4);
        put("_background_", 3);
        write("cat/_DSC0001.JPG", TestImages.jpeg(20, 20, 1));
        write("cat/Thumbs.db", new byte[] {1});
        write("_SUCCESS", new byte[0]);

        ShardManifest manifest =
                sharder.shard(options(), (done, total, unit) -> {}).manifest();

        assertThat(manifest.classes()).containsExactly("_background_", "cat");
        assertThat(manifest.split(Split.TRAIN).orElseThrow().perClass()).containsExactly(3L, 5L);
        assertThat(manifest.quarantined()).isZero();
    }

    @Test
    void filesWhoseNamesAreNoUtf8AreQuarantinedOneByOne() throws IOException, InterruptedException {
        put("cat", 4);
        Process latin1 = new ProcessBuilder(
                        "sh", "-c", "for c in 350 351; do printf x > \"$(printf \"\\\\$c.jpg\")\"; done")
                .directory(images.resolve("cat").toFile())
                .start();
        assertThat(latin1.waitFor()).isZero();

        ShardManifest manifest = sharder.shard(options().withMaxQuarantineRate(0.5), (done, total, unit) -> {})
                .manifest();

        List<String> rejected = new ArrayList<>();
        Quarantine.read(store, out.child(Quarantine.FILE), entry -> rejected.add(entry.path()));
        assertThat(rejected).containsExactlyInAnyOrder("cat/\uFFFD.jpg", "cat/\uFFFD.jpg~2");
        assertThat(manifest.split(Split.TRAIN).orElseThrow().examples()).isEqualTo(4);
    }

    private Map<String, byte[]> files() throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(images)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(images.relativize(path).toString(), Files.readAllBytes(path));
            }
        }
        return files;
    }

    @Test
    void sparkReadsShardsAsTheyAre() throws IOException {
        put("cat", 12);
        put("dog", 9);
        sharder.shard(options(), (done, total, unit) -> {});

        Dataset<Row> rows = session().read().parquet(out.child("train").uri());

        assertThat(rows.columns()).containsExactly("image", "label", "class", "width", "height", "sha256");
        assertThat(rows.schema().apply("image").dataType().sql()).isEqualTo("STRUCT<bytes: BINARY, path: STRING>");
        assertThat(rows.selectExpr("image.path", "sha2(image.bytes, 256) = sha256", "label", "width")
                        .collectAsList())
                .hasSize(21)
                .allSatisfy(row -> {
                    assertThat(row.getBoolean(1)).isTrue();
                    String name = row.getString(0).replaceAll("[^0-9]", "");
                    assertThat(row.getInt(3)).isEqualTo(20 + Integer.parseInt(name));
                    assertThat(row.getInt(2)).isEqualTo(row.getString(0).startsWith("cat") ? 0 : 1);
                });
    }

    @Test
    void sqlReadsFiguresThatAddUpToTheImagesAndAreWhatTheImagesThemselvesSay() throws IOException {
        Map<String, Double> modes = new TreeMap<>(Map.of("colour", 11.0, "grey", 2.0));
        List.of("CMYK", "palette", "grey and alpha", "colour and alpha", "colour, 16 bits")
                .forEach(mode -> modes.put(mode, 1.0));
        put("train/dog", 9);
        write("train/cat/grey.jpg", TestImages.encode(new BufferedImage(9, 8, BufferedImage.TYPE_BYTE_GRAY), "jpg"));
        write("train/cat/ink.jpg", TestImages.fourChannelJpeg(9, 8, 10, 20, 30, 40));
        write(
                "train/cat/palette.png",
                TestImages.encode(new BufferedImage(9, 8, BufferedImage.TYPE_BYTE_INDEXED), "png"));
        write("train/cat/grey.png", png(ColorSpace.CS_GRAY, false, DataBuffer.TYPE_BYTE));
        write("train/cat/alpha.png", png(ColorSpace.CS_GRAY, true, DataBuffer.TYPE_BYTE));
        write("train/cat/colour-alpha.png", png(ColorSpace.CS_sRGB, true, DataBuffer.TYPE_BYTE));
        write("train/cat/deep.png", png(ColorSpace.CS_sRGB, false, DataBuffer.TYPE_USHORT));
        List<BufferedImage> lossless = List.of(TestImages.picture(31, 17, 1), TestImages.picture(16, 40, 2));
        write("val/cat/0.png", TestImages.encode(lossless.get(0), "png"));
        write("val/dog/1.png", TestImages.encode(lossless.get(1), "png"));
        write("val/dog/cut.jpg", Arrays.copyOf(TestImages.jpeg(30, 20, 1), 300));

        sharder.shard(options().withMaxQuarantineRate(0.5), (done, total, unit) -> {});

        session().read().json(out.child("figures.jsonl").uri()).createOrReplaceTempView("figures");
        session()
                .read()
                .parquet(out.child("train").uri(), out.child("validation").uri())
                .createOrReplaceTempView("images");
        assertThat(sql("SELECT kind, value FROM figures WHERE figure = 'images' AND respect = 'mode'"))
                .isEqualTo(modes);
        assertThat(sql("SELECT respect, sum(value) FROM figures WHERE figure = 'images' GROUP BY respect"))
                .containsOnlyKeys("format", "coding", "mode", "orientation", "shorter side", "width : height")
                .allSatisfy((respect, images) -> assertThat(images).as(respect).isEqualTo(18.0));
        assertThat(sql("SELECT kind, sum(value) FROM figures WHERE figure = 'examples' GROUP BY kind"))
                .isEqualTo(sql("SELECT class, CAST(count(*) AS DOUBLE) FROM images GROUP BY class"))
                .isEqualTo(Map.of("cat", 8.0, "dog", 10.0));
        assertThat(sql("SELECT kind, value FROM figures WHERE figure = 'quarantined'"))
                .isEqualTo(Map.of("TRUNCATED", 1.0));
        Map<String, Double> means =
                sql("SELECT kind, value FROM figures WHERE split = 'validation' AND figure = 'mean'");
        Map<String, Double> deviations =
                sql("SELECT kind, value FROM figures WHERE split = 'validation' AND figure = 'deviation'");
        List<String> channels = List.of("red", "green", "blue");
        for (int channel = 0; channel < 3; channel++) {
            DoubleSummaryStatistics values = values(lossless, channel).summaryStatistics();
            double mean = values.getAverage();
            double variance = values(lossless, channel)
                    .map(value -> (value - mean) * (value - mean))
                    .average()
                    .orElseThrow();
            assertThat(means.get(channels.get(channel))).isCloseTo(mean, within(1e-9));
            assertThat(deviations.get(channels.get(channel))).isCloseTo(Math.sqrt(variance), within(1e-9));
        }
    }

    private static DoubleStream values(List<BufferedImage> images, int channel) {
        return images.stream()
                .flatMapToInt(image -> Arrays.stream(
                        image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth())))
                .mapToDouble(pixel -> ((pixel >> (16 - 8 * channel)) & 0xFF) / 255.0);
    }

    private static byte[] png(int colours, boolean alpha, int type) {
        ColorModel model = new ComponentColorModel(
                ColorSpace.getInstance(colours),
                alpha,
                false,
                alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
                type);
        return TestImages.encode(
                new BufferedImage(model, model.createCompatibleWritableRaster(9, 8), false, null), "png");
    }

    private static SparkSession session() {
        return SparkSession.builder().sparkContext(SharedSpark.local().sc()).getOrCreate();
    }

    private static Map<String, Double> sql(String query) {
        Map<String, Double> found = new TreeMap<>();
        session().sql(query).collectAsList().forEach(row -> found.put(row.getString(0), row.getDouble(1)));
        return found;
    }
}
