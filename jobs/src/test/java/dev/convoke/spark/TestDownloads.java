package dev.convoke.spark;

import dev.convoke.data.TestImages;
import dev.convoke.shard.ingest.TestMatFile;
import dev.convoke.shard.ingest.TestTars;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Datasets as they are downloaded, made in miniature by the formats' own descriptions. */
final class TestDownloads {

    static final List<String> WNIDS = List.of("n01440764", "n02119789", "n07565083");

    private TestDownloads() {}

    /** Returns the images by the path they should get. */
    static Map<String, byte[]> imagenet(Path folder) throws IOException {
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
        write(folder, "ILSVRC2012_img_train.tar", train.bytes());
        write(folder, "ILSVRC2012_img_val.tar", validation.bytes());
        byte[] synsets = TestMatFile.of(
                List.of(
                        Map.of("ILSVRC2012_ID", "1", "WNID", "n01440764", "words", "tench, Tinca tinca"),
                        Map.of("ILSVRC2012_ID", "2", "WNID", "n02119789", "words", "kit fox"),
                        Map.of("ILSVRC2012_ID", "300", "WNID", "n07565083", "words", "menu")),
                true);
        write(
                folder,
                "ILSVRC2012_devkit_t12.tar.gz",
                TestTars.gzip(new TestTars()
                        .file("ILSVRC2012_devkit_t12/data/meta.mat", synsets)
                        .file(
                                "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt",
                                "2\n1\n300\n2\n".getBytes(StandardCharsets.US_ASCII))
                        .bytes()));
        return expected;
    }

    static void write(Path folder, String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    /** Returns records whose labels go round. */
    static byte[] cifar(int records, int seed) {
        ByteBuffer bytes = ByteBuffer.allocate(records * 3073);
        for (int i = 0; i < records; i++) {
            bytes.put((byte) (i % 10));
            for (int j = 0; j < 3072; j++) {
                bytes.put((byte) (j * seed + i * 31));
            }
        }
        return bytes.array();
    }

    static byte[] idxImages(int count, int factor) {
        ByteBuffer bytes = ByteBuffer.allocate(16 + count * 784);
        bytes.putInt(0x803).putInt(count).putInt(28).putInt(28);
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < 784; j++) {
                bytes.put((byte) (i * 7 + j * factor));
            }
        }
        return bytes.array();
    }

    static byte[] idxLabels(int count) {
        ByteBuffer bytes = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
        for (int i = 0; i < count; i++) {
            bytes.put((byte) (i % 10));
        }
        return bytes.array();
    }

    /**
     * A source of one kind.
     *
     * @param name of the file that is the source, or nothing for the folder
     * @param examples it has for training
     */
    record Kind(String name, long examples) {}

    /** Writes a source of one kind. */
    static Kind put(Path folder, String kind) throws IOException {
        byte[] tar =
                new TestTars().file("cat/a.jpg", TestImages.jpeg(20, 20, 1)).bytes();
        byte[] names = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n".getBytes(StandardCharsets.US_ASCII);
        switch (kind) {
            case "folders" -> {
                for (int i = 0; i < 12; i++) {
                    write(folder, (i % 2 == 0 ? "cat/" : "dog/") + i + ".jpg", TestImages.jpeg(20, 20, i));
                }
                return new Kind("", 12);
            }
            case "tar" -> {
                write(folder, "cat.tar", tar);
                return new Kind("/cat.tar", 1);
            }
            case "gzipped tar" -> {
                write(folder, "cat.tar.gz", TestTars.gzip(tar));
                return new Kind("/cat.tar.gz", 1);
            }
            case "imagenet" -> {
                imagenet(folder);
                return new Kind("", 12);
            }
            case "list" -> {
                write(folder, "pool/a.jpg", TestImages.jpeg(20, 20, 1));
                write(folder, "list.csv", "path,label\npool/a.jpg,cat\n".getBytes(StandardCharsets.UTF_8));
                return new Kind("/list.csv", 1);
            }
            case "digits" -> {
                write(folder, "train-images-idx3-ubyte.gz", TestTars.gzip(idxImages(20, 3)));
                write(folder, "train-labels-idx1-ubyte.gz", TestTars.gzip(idxLabels(20)));
                return new Kind("", 20);
            }
            case "cifar" -> {
                write(folder, "data_batch_1.bin", cifar(10, 3));
                return new Kind("", 10);
            }
            default -> {
                TestTars batches = new TestTars()
                        .file("cifar-10-batches-bin/data_batch_1.bin", cifar(10, 3))
                        .file("cifar-10-batches-bin/batches.meta.txt", names);
                write(folder, "cifar-10-binary.tar.gz", TestTars.gzip(batches.bytes()));
                return new Kind("/cifar-10-binary.tar.gz", 10);
            }
        }
    }
}
