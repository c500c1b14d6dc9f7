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
import dev.convoke.shard.ingest.TestMatFile;
import dev.convoke.shard.ingest.TestTars;
import dev.convoke.storage.Location;
import dev.convoke.storage.MiniHdfs;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Datasets as they are downloaded, made in miniature by the formats' own descriptions. */
class DownloadsTest extends ShardingFixture {

    private static final List<String> WNIDS = List.of("n01440764", "n02119789", "n07565083");

    @Test
    void imagenetIsReadAsItIsDownloaded() throws IOException {
        Map<String, byte[]> expected = imagenet();

        ShardManifest manifest = shard(options());

        assertThat(manifest.classes()).isEqualTo(WNIDS);
        assertThat(manifest.history().titles()).containsExactly("tench, Tinca tinca", "kit fox", "menu");
        assertThat(manifest.source().kind()).isEqualTo("ilsvrc-2012");
        Map<String, byte[]> found = new TreeMap<>();
        for (Split split : List.of(Split.TRAIN, Split.VALIDATION)) {
            for (Example example : all(ShardedDataset.open(stores, out), split)) {
                found.put(example.path(), example.encoded());
                assertThat(example.path()).startsWith(split.folder() + "/" + WNIDS.get(example.label()) + "/");
            }
        }
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach((path, bytes) -> assertThat(found.get(path)).as(path).isEqualTo(bytes));
    }

    @Test
    void aValidationArchiveThatLacksAnImageIsRefused() throws IOException {
        imagenet();
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
    void everyDownloadOnALocalDiskBecomesADatasetOnHdfs() throws IOException {
        StorageAccess access = StorageAccess.of(MiniHdfs.configuration());
        Map<String, Long> examples = new TreeMap<>();
        Map<String, Location> sources = new TreeMap<>();
        imagenet();
        sources.put("imagenet", options().source());
        images = folder.resolve("digits");
        write("train-images-idx3-ubyte.gz", gzip(idxImages(20, 3)));
        write("train-labels-idx1-ubyte.gz", gzip(idxLabels(20)));
        sources.put("digits", options().source());
        images = folder.resolve("cifar");
        write("data_batch_1.bin", cifar(10, 3));
        sources.put("cifar", options().source());
        images = folder.resolve("listed");
        write("a.jpg", TestImages.jpeg(20, 20, 1));
        write("list.csv", "path,label\na.jpg,cat\n".getBytes(StandardCharsets.UTF_8));
        sources.put("list", options().source().child("list.csv"));
        images = folder.resolve("archives");
        byte[] tar =
                new TestTars().file("cat/a.jpg", TestImages.jpeg(20, 20, 1)).bytes();
        write("cat.tar", tar);
        sources.put("tar", options().source().child("cat.tar"));
        write("cat.tar.gz", TestTars.gzip(tar));
        sources.put("gzipped tar", options().source().child("cat.tar.gz"));
        byte[] batches = new TestTars()
                .file("cifar-10-batches-bin/data_batch_1.bin", cifar(10, 3))
                .file(
                        "cifar-10-batches-bin/batches.meta.txt",
                        "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n".getBytes(StandardCharsets.US_ASCII))
                .bytes();
        write("cifar-10-binary.tar.gz", TestTars.gzip(batches));
        sources.put("gzipped cifar", options().source().child("cifar-10-binary.tar.gz"));

        sources.forEach((kind, source) -> {
            Location dataset = MiniHdfs.root().child("downloads/" + kind.replace(' ', '-'));
            ShardManifest made = new SparkSharder(SharedSpark.local(), access)
                    .shard(ShardingOptions.of(source, dataset), (done, total, unit) -> {})
                    .manifest();
            ShardedDataset.open(access.stores(), dataset).verify();
            examples.put(kind, made.split(Split.TRAIN).orElseThrow().examples());
        });

        assertThat(examples)
                .isEqualTo(Map.of(
                        "imagenet", 12L,
                        "digits", 20L,
                        "cifar", 10L,
                        "list", 1L,
                        "tar", 1L,
                        "gzipped tar", 1L,
                        "gzipped cifar", 10L));
    }

    /** Returns the images by the path they should get. */
    private Map<String, byte[]> imagenet() throws IOException {
        Map<String, byte[]> expected = new TreeMap<>();
        TestTars train = new TestTars();
        for (String wnid : WNIDS) {
            TestTars inner = new TestTars();
            for (int i = 0; i < 4; i++) {
                byte[] image = TestImages.jpeg(24 + i, 20, i + wnid.hashCode());
                inner.file(wnid + "_" + i + ".JPEG", image);
                expected.put("train/" + wnid + "/" + wnid + "_" + i + ".JPEG", image);
            }
            train.file(wnid + ".tar", inner.bytes());
        }
        TestTars validation = new TestTars();
        // Numbers 2, 1, 3, 2 in the kit's own order of classes, which is not the order of names.
        List<String> truth = List.of("n02119789", "n01440764", "n07565083", "n02119789");
        for (int i = 0; i < 4; i++) {
            byte[] image = TestImages.jpeg(30, 20 + i, 100 + i);
            String name = "ILSVRC2012_val_0000000" + (i + 1) + ".JPEG";
            validation.file(name, image);
            expected.put("validation/" + truth.get(i) + "/" + name, image);
        }
        write("ILSVRC2012_img_train.tar", train.bytes());
        write("ILSVRC2012_img_val.tar", validation.bytes());
        byte[] synsets = TestMatFile.of(
                List.of(
                        Map.of("ILSVRC2012_ID", "1", "WNID", "n01440764", "words", "tench, Tinca tinca"),
                        Map.of("ILSVRC2012_ID", "2", "WNID", "n02119789", "words", "kit fox"),
                        Map.of("ILSVRC2012_ID", "300", "WNID", "n07565083", "words", "menu")),
                true);
        write(
                "ILSVRC2012_devkit_t12.tar.gz",
                TestTars.gzip(new TestTars()
                        .file("ILSVRC2012_devkit_t12/data/meta.mat", synsets)
                        .file(
                                "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt",
                                "2\n1\n300\n2\n".getBytes(StandardCharsets.US_ASCII))
                        .bytes()));
        return expected;
    }

    @Test
    void anIncompleteImagenetSaysWhatIsMissing() throws IOException {
        imagenet();
        Files.delete(images.resolve("ILSVRC2012_devkit_t12.tar.gz"));
        assertRefused(options(), "put ILSVRC2012_devkit_t12.tar.gz beside it");

        write(
                "ILSVRC2012_img_train.tar",
                new TestTars().file("cat.jpg", new byte[9]).bytes());
        assertRefused(options(), "holds 'cat.jpg', which is no class's archive");
    }

    @Test
    void cifarsRecordsBecomePngsOfTheSamePixelsFromFolderAndArchive() throws IOException {
        byte[] train = cifar(7, 1);
        byte[] test = cifar(3, 2);
        byte[] names =
                "plane\ncar\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n".getBytes(StandardCharsets.US_ASCII);
        // Every class has an image: the labels of these records go round.
        write("data_batch_1.bin", join(train, cifar(10, 3)));
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
                        .file("cifar-10-batches-bin/data_batch_1.bin", join(train, cifar(10, 3)))
                        .file("cifar-10-batches-bin/test_batch.bin", test)
                        .bytes()));
        Location other = Location.parse(folder.resolve("other").toString());
        ShardManifest fromTar = shard(ShardingOptions.of(Location.parse(archive.toString()), other));
        assertThat(fromTar.split(Split.TRAIN).orElseThrow().examples()).isEqualTo(17);

        write("data_batch_1.bin", Arrays.copyOf(train, 5000));
        assertRefused(
                ShardingOptions.of(
                        options().source(), Location.parse(folder.resolve("x").toString())),
                "5000 bytes, which is not a number of records of 3073");
    }

    private static byte[] cifar(int records, int seed) {
        ByteBuffer bytes = ByteBuffer.allocate(records * 3073);
        for (int i = 0; i < records; i++) {
            bytes.put((byte) (i % 10));
            for (int j = 0; j < 3072; j++) {
                bytes.put((byte) (j * seed + i * 31));
            }
        }
        return bytes.array();
    }

    private static byte[] join(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length)
                .put(one)
                .put(other)
                .array();
    }

    @Test
    void idxFilesBecomeGreyPngsPackedOrNot() throws IOException {
        write("train-images-idx3-ubyte.gz", gzip(idxImages(20, 3)));
        write("train-labels-idx1-ubyte.gz", gzip(idxLabels(20)));
        write("t10k-images-idx3-ubyte", idxImages(10, 5));
        write("t10k-labels-idx1-ubyte", idxLabels(10));

        ShardManifest manifest = shard(options());

        assertThat(manifest.split(Split.TRAIN).orElseThrow().perClass()).containsOnly(2L);
        assertThat(manifest.split(Split.TEST).orElseThrow().perClass()).containsOnly(1L);
        for (Example example : all(ShardedDataset.open(stores, out), Split.TRAIN)) {
            int number = Integer.parseInt(example.path().replaceAll(".*-(\\d+)\\.png", "$1"));
            assertThat(example.label()).isEqualTo(number % 10);
            RgbImage image = new ImageDecoder().decode(example.encoded());
            assertThat(image.value(4, 6, 1)).isEqualTo((number * 7 + (6 * 28 + 4) * 3) & 0xFF);
        }
        write("train-labels-idx1-ubyte.gz", gzip(idxLabels(19)));
        assertRefused(
                ShardingOptions.of(
                        options().source(), Location.parse(folder.resolve("x").toString())),
                "no IDX file of 19 images");
    }

    private static byte[] idxImages(int count, int factor) {
        ByteBuffer bytes = ByteBuffer.allocate(16 + count * 784);
        bytes.putInt(0x803).putInt(count).putInt(28).putInt(28);
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < 784; j++) {
                bytes.put((byte) (i * 7 + j * factor));
            }
        }
        return bytes.array();
    }

    private static byte[] idxLabels(int count) {
        ByteBuffer bytes = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
        for (int i = 0; i < count; i++) {
            bytes.put((byte) (i % 10));
        }
        return bytes.array();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
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
        write("wrong.jsonl", "{\"path\": 3}\n".getBytes(StandardCharsets.UTF_8));
        assertRefused(of("wrong.jsonl", nowhere), "Line 1 of the list");
    }

    private ShardingOptions of(String list, Location dataset) {
        return ShardingOptions.of(Location.parse(images.resolve(list).toString()), dataset);
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
