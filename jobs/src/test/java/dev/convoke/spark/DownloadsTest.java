package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.data.Example;
import dev.convoke.data.ImageDecoder;
import dev.convoke.data.RgbImage;
import dev.convoke.data.TestImages;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.TestTars;
import dev.convoke.storage.Location;
import dev.convoke.storage.MiniHdfs;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Datasets as they are downloaded, made in miniature by the formats' own descriptions. */
class DownloadsTest extends ShardingFixture {

    @Test
    void imagenetIsReadAsItIsDownloaded() throws IOException {
        Map<String, byte[]> expected = TestDownloads.imagenet(images);

        ShardManifest manifest = shard(options());

        assertThat(manifest.classes()).isEqualTo(TestDownloads.WNIDS);
        assertThat(manifest.history().titles()).containsExactly("tench, Tinca tinca", "kit fox", "menu");
        assertThat(manifest.source().kind()).isEqualTo("ilsvrc-2012");
        Map<String, byte[]> found = new TreeMap<>();
        for (Split split : List.of(Split.TRAIN, Split.VALIDATION)) {
            for (Example example : all(ShardedDataset.open(stores, out), split)) {
                found.put(example.path(), example.encoded());
                assertThat(example.path())
                        .startsWith(split.folder() + "/" + TestDownloads.WNIDS.get(example.label()) + "/");
            }
        }
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach((path, bytes) -> assertThat(found.get(path)).as(path).isEqualTo(bytes));
    }

    @Test
    void aValidationArchiveThatLacksAnImageIsRefused() throws IOException {
        TestDownloads.imagenet(images);
        write(
                "ILSVRC2012_img_val.tar",
                new TestTars()
                        .file("ILSVRC2012_val_00000001.JPEG", TestImages.jpeg(20, 20, 1))
                        .file("ILSVRC2012_val_00000002.JPEG", TestImages.jpeg(20, 20, 2))
                        .file("ILSVRC2012_val_00000004.JPEG", TestImages.jpeg(20, 20, 4))
                        .bytes());

        assertRefused(options(), "holds 3 of the 4 images", "the first one missing is number 3");
    }

    @Test
    void imagenetsArchiveForTrainingIsASourceByItselfAndTakesItsTitlesFromTheKitBesideIt() throws IOException {
        TestDownloads.imagenet(images);
        List<String> titles = List.of("tench, Tinca tinca", "kit fox", "menu");

        ShardManifest archive = shard(of("ILSVRC2012_img_train.tar", out));
        Files.delete(images.resolve("ILSVRC2012_img_val.tar"));
        ShardManifest alone = shard(ShardingOptions.of(options().source(), beside("alone")));
        Files.delete(images.resolve("ILSVRC2012_devkit_t12.tar.gz"));
        ShardManifest untitled = shard(ShardingOptions.of(options().source(), beside("untitled")));

        assertThat(archive.splits())
                .extracting(ShardManifest.SplitSummary::split)
                .containsExactly(Split.TRAIN);
        assertThat(archive.source().kind()).isEqualTo("ilsvrc-2012");
        assertThat(archive.history().titles()).isEqualTo(titles);
        assertThat(alone.history().titles()).isEqualTo(titles);
        assertThat(alone.shards()).isEqualTo(archive.shards()).isEqualTo(untitled.shards());
        assertThat(untitled.history().titles()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"folders", "tar", "gzipped tar", "imagenet", "list", "digits", "cifar", "gzipped cifar"})
    void aSourceOnHdfsAndTheSameOnALocalDiskBecomeTheSameShardsOnEither(String kind) throws IOException {
        TestDownloads.Kind made = TestDownloads.put(images, kind);
        Location home = MiniHdfs.root().child("sources/" + kind.replace(' ', '-'));
        StorageAccess access = StorageAccess.of(MiniHdfs.configuration());
        for (Path file : walk(images)) {
            access.stores().of(home).replace(home.child("source/" + images.relativize(file)), Files.readAllBytes(file));
        }
        SparkSharder everywhere = new SparkSharder(SharedSpark.local(), access);
        Location onHdfs = home.child("dataset");

        ShardManifest fromDisk = everywhere
                .shard(
                        ShardingOptions.of(new Location("file:" + images + made.name()), onHdfs),
                        (done, total, unit) -> {})
                .manifest();
        ShardManifest fromHdfs = everywhere
                .shard(ShardingOptions.of(new Location(home + "/source" + made.name()), out), (done, total, unit) -> {})
                .manifest();

        assertThat(fromDisk.split(Split.TRAIN).orElseThrow().examples()).isEqualTo(made.examples());
        assertThat(fromHdfs.shards()).isEqualTo(fromDisk.shards());
        assertThat(fromHdfs.splits()).isEqualTo(fromDisk.splits());
        assertThat(fromHdfs.source()).isEqualTo(fromDisk.source());
        ShardedDataset.open(access.stores(), onHdfs).verify();
        ShardedDataset.open(access.stores(), out).verify();
    }

    @Test
    void anIncompleteImagenetSaysWhatIsMissing() throws IOException {
        TestDownloads.imagenet(images);
        Files.delete(images.resolve("ILSVRC2012_devkit_t12.tar.gz"));
        assertRefused(options(), "put ILSVRC2012_devkit_t12.tar.gz beside it");

        write(
                "ILSVRC2012_img_train.tar",
                new TestTars().file("cat.jpg", new byte[9]).bytes());
        assertRefused(options(), "holds 'cat.jpg', which is no class's archive");
    }

    @Test
    void cifarsRecordsBecomePngsOfTheSamePixelsFromFolderAndArchive() throws IOException {
        byte[] train = TestDownloads.cifar(7, 1);
        byte[] test = TestDownloads.cifar(3, 2);
        byte[] names =
                "plane\ncar\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n".getBytes(StandardCharsets.US_ASCII);
        // Every class has an image: the labels of these records go round.
        write("data_batch_1.bin", join(train, TestDownloads.cifar(10, 3)));
        write("test_batch.bin", test);
        write("batches.meta.txt", names);

        ShardManifest manifest = shard(options());

        assertThat(manifest.classes()).hasSize(10).contains("plane", "truck").isSorted();
        assertThat(manifest.split(Split.TRAIN).orElseThrow().examples()).isEqualTo(17);
        assertThat(manifest.split(Split.TEST).orElseThrow().examples()).isEqualTo(3);
        for (Example example : all(ShardedDataset.open(stores, out), Split.TEST)) {
            int number = Integer.parseInt(example.path().replaceAll(".*-(\\d+)\\.png", "$1"));
            RgbImage image = new ImageDecoder().decode(example.encoded());
            for (int channel = 0; channel < 3; channel++) {
                int stored = test[number * 3073 + 1 + channel * 1024 + 5 * 32 + 9] & 0xFF;
                assertThat(image.value(9, 5, channel)).isEqualTo(stored);
            }
        }
        Path archive = folder.resolve("cifar-10-binary.tar.gz");
        Files.write(
                archive,
                TestTars.gzip(new TestTars()
                        .file("cifar-10-batches-bin/data_batch_1.bin", join(train, TestDownloads.cifar(10, 3)))
                        .file("cifar-10-batches-bin/test_batch.bin", test)
                        .bytes()));
        Location other = Location.parse(folder.resolve("other").toString());
        ShardManifest fromTar = shard(ShardingOptions.of(Location.parse(archive.toString()), other));
        assertThat(fromTar.split(Split.TRAIN).orElseThrow().examples()).isEqualTo(17);

        write("data_batch_1.bin", Arrays.copyOf(train, 5000));
        assertRefused(
                ShardingOptions.of(options().source(), beside("x")),
                "5000 bytes, which is not a number of records of 3073");
        train[2 * 3073] = 10;
        write("data_batch_1.bin", train);
        assertRefused(
                ShardingOptions.of(options().source(), beside("x")),
                "Record 2 of data_batch_1.bin has the label 10: this is no part of CIFAR-10; fetch it again");
    }

    private static byte[] join(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length)
                .put(one)
                .put(other)
                .array();
    }

    @Test
    void idxFilesBecomeGreyPngsPackedOrNot() throws IOException {
        write("train-images-idx3-ubyte.gz", TestTars.gzip(TestDownloads.idxImages(20, 3)));
        write("train-labels-idx1-ubyte.gz", TestTars.gzip(TestDownloads.idxLabels(20)));
        write("t10k-images-idx3-ubyte", TestDownloads.idxImages(10, 5));
        write("t10k-labels-idx1-ubyte", TestDownloads.idxLabels(10));

        ShardManifest manifest = shard(options());

        assertThat(manifest.split(Split.TRAIN).orElseThrow().perClass()).containsOnly(2L);
        assertThat(manifest.split(Split.TEST).orElseThrow().perClass()).containsOnly(1L);
        for (Example example : all(ShardedDataset.open(stores, out), Split.TRAIN)) {
            int number = Integer.parseInt(example.path().replaceAll(".*-(\\d+)\\.png", "$1"));
            assertThat(example.label()).isEqualTo(number % 10);
            RgbImage image = new ImageDecoder().decode(example.encoded());
            assertThat(image.value(4, 6, 1)).isEqualTo((number * 7 + (6 * 28 + 4) * 3) & 0xFF);
        }
        write("train-labels-idx1-ubyte.gz", TestTars.gzip(TestDownloads.idxLabels(19)));
        assertRefused(ShardingOptions.of(options().source(), beside("x")), "no IDX file of 19 images");
    }

    @Test
    void idxFilesTakeTheNamesOfTheirClassesFromAListBesideThem() throws IOException {
        List<String> names =
                List.of("shirt", "bag", "coat", "dress", "boot", "sandal", "t-shirt/top", "été", "sneaker", "pullover");
        write("train-images-idx3-ubyte", TestDownloads.idxImages(20, 3));
        write("train-labels-idx1-ubyte", TestDownloads.idxLabels(20));
        write("classes.txt", (String.join("\r\n", names) + "\r\n").getBytes(StandardCharsets.UTF_8));

        ShardManifest manifest = shard(options());

        assertThat(manifest.classes())
                .containsExactly(
                        "bag",
                        "boot",
                        "coat",
                        "dress",
                        "pullover",
                        "sandal",
                        "shirt",
                        "sneaker",
                        "t-shirt%2Ftop",
                        "été");
        for (Example example : all(ShardedDataset.open(stores, out), Split.TRAIN)) {
            int number = Integer.parseInt(example.path().replaceAll(".*-(\\d+)\\.png", "$1"));
            assertThat(manifest.classes().get(example.label()))
                    .isEqualTo(names.get(number % 10).replace("/", "%2F"));
        }
        write("classes.txt", "one\ntwo\n".getBytes(StandardCharsets.UTF_8));
        ShardingOptions again = ShardingOptions.of(options().source(), beside("x"));
        assertRefused(again, "/images/classes.txt names 2 classes, not 10 different ones: correct it");
        write("classes.txt", "shirt\nbag\n\u00e9t\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(again, "Line 3 of ", "/images/classes.txt is no UTF-8 text: correct it");
        Files.delete(images.resolve("classes.txt"));
        byte[] labels = TestDownloads.idxLabels(20);
        labels[8 + 13] = (byte) 200;
        write("train-labels-idx1-ubyte", labels);
        assertRefused(again, "Image 13 of ", "has the label 200; labels are below 10: fetch both again");
    }

    @Test
    void aListNamesFilesLabelsAndSplits() throws IOException {
        write("pool/a,1.jpg", TestImages.jpeg(20, 20, 1));
        write("pool/b.jpg", TestImages.jpeg(20, 20, 2));
        write("pool/c.png", TestImages.encode(new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB), "png"));
        String csv =
                "path,label,split\n\"pool/a,1.jpg\",cat,train\npool/b.jpg,\"wild/dog\",train\npool/c.png,cat,val\n";
        write("list.csv", csv.getBytes(StandardCharsets.UTF_8));
        String json = """
                {"path": "pool/a,1.jpg", "label": "cat", "split": "train"}
                {"path": "pool/b.jpg", "label": "wild/dog", "split": "train"}

                {"path": "pool/c.png", "label": "cat", "split": "val"}
                """;
        write("list.jsonl", json.getBytes(StandardCharsets.UTF_8));

        ShardManifest fromCsv = shard(of("list.csv", out));
        ShardManifest fromJson =
                shard(of("list.jsonl", Location.parse(folder.resolve("j").toString())));

        assertThat(fromCsv.classes()).containsExactly("cat", "wild%2Fdog");
        assertThat(fromCsv.split(Split.TRAIN).orElseThrow().perClass()).containsExactly(1L, 1L);
        assertThat(fromCsv.split(Split.VALIDATION).orElseThrow().perClass()).containsExactly(1L, 0L);
        assertThat(fromJson.shards()).isEqualTo(fromCsv.shards());
        assertThat(all(ShardedDataset.open(stores, out), Split.VALIDATION)
                        .get(0)
                        .path())
                .isEqualTo("validation/cat/pool/c.png");
    }

    @Test
    void aWrongListNamesTheLine() throws IOException {
        Location nowhere = Location.parse(folder.resolve("x").toString());
        for (Map.Entry<String, String> wrong : Map.of(
                        "file,class\na,b\n", "Line 1 of the list",
                        "path,label\na.jpg\n", "Line 2 of the list",
                        "path,label\n../../etc/passwd,cat\n", "leads out of the list's folder",
                        "path,label,split\na.jpg,cat,nope\n", "names the split 'nope'",
                        "path,label\n\"a.jpg,cat\n", "never closed",
                        "path,label,split\na.jpg,cat,\nb.jpg,cat,train\n", "for some images and not for others")
                .entrySet()) {
            write("wrong.csv", wrong.getKey().getBytes(StandardCharsets.UTF_8));
            assertRefused(of("wrong.csv", nowhere), wrong.getValue());
        }
        // More than a decoder takes at once stands before the line that is no UTF-8.
        String before = "path,label\n" + "a.jpg,cat\r\n".repeat(5_000);
        write("wrong.csv", (before + "b.jpg,b\u00eate\n").getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(of("wrong.csv", nowhere), "Line 5002 of the list", "/wrong.csv is no UTF-8 text", ": correct it");
        String json = "\n{\"path\": \"a.jpg\", \"label\": \"b\u00eate\"}\n";
        write("wrong.jsonl", json.getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(of("wrong.jsonl", nowhere), "Line 2 of the list", "/wrong.jsonl is no UTF-8 text");
        write("wrong.jsonl", "{\"path\": 3}\n".getBytes(StandardCharsets.UTF_8));
        assertRefused(of("wrong.jsonl", nowhere), "Line 1 of the list");
    }

    private ShardingOptions of(String list, Location dataset) {
        return ShardingOptions.of(Location.parse(images.resolve(list).toString()), dataset);
    }

    private Location beside(String name) {
        return Location.parse(folder.resolve(name).toString());
    }

    private ShardManifest shard(ShardingOptions options) {
        return sharder.shard(options, (done, total, unit) -> {}).manifest();
    }

    private void assertRefused(ShardingOptions options, String... parts) {
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> shard(options))
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }
}
