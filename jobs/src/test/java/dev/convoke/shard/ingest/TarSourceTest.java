package dev.convoke.shard.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.shard.UnusableSourceException;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;

class TarSourceTest {

    private static final Location SPOOL = new Location("memory:/temporary/spool");

    private final MemoryFileStore store = new MemoryFileStore();
    private Set<String> folders = Set.of();

    private static TestTars honest() {
        return new TestTars()
                .folder("train/owl")
                .file("./train/cat/1.jpg", bytes(1000, 1))
                .file("train/cat/2.jpg", bytes(0, 2))
                .file("train/cat/.DS_Store", bytes(10, 3))
                .file("train/" + "long".repeat(60) + "/3.jpg", bytes(70_000, 4))
                .file("train/dög 日本/new\nline.jpg", bytes(513, 5));
    }

    @Test
    void aPlainTarIsReadWhereItIs() throws IOException {
        List<SourceImage> images = scan("a.tar", honest().bytes());

        assertHonest(images);
        assertThat(images).allSatisfy(image -> assertThat(image.file()).isEqualTo("memory:/a.tar"));
        assertThat(store.exists(SPOOL)).isFalse();
    }

    @Test
    void aGzippedTarIsSpooled() throws IOException {
        assertHonest(scan("a.tar.gz", TestTars.gzip(honest().bytes())));

        assertThat(store.list(SPOOL)).extracting(FileEntry::bytes).containsExactly(1000L + 70_000 + 513);
    }

    private void assertHonest(List<SourceImage> images) {
        Map<String, byte[]> found = new TreeMap<>();
        try (RangeReader reader = new RangeReader(location -> store)) {
            images.forEach(image -> found.put(image.path(), reader.read(image)));
        }
        assertThat(found)
                .containsOnlyKeys(
                        "train/cat/1.jpg",
                        "train/cat/2.jpg",
                        "train/" + "long".repeat(60) + "/3.jpg",
                        "train/dög 日本/new%0Aline.jpg");
        assertThat(found.get("train/cat/1.jpg")).isEqualTo(bytes(1000, 1));
        assertThat(found.get("train/cat/2.jpg")).isEmpty();
        assertThat(found.get("train/dög 日本/new%0Aline.jpg")).isEqualTo(bytes(513, 5));
        assertThat(folders).contains("train/owl", "train/cat");
    }

    @Test
    void hostileEntriesRefuseTheArchiveAndTouchNothing() throws IOException {
        assertRefused(new TestTars().file("../../etc/passwd", bytes(5, 1)), "'../../etc/passwd'", "outside");
        assertRefused(new TestTars().file("cat/../../x.jpg", bytes(5, 1)), "'cat/../../x.jpg'", "outside");
        assertRefused(new TestTars().file("/etc/cron.d/x", bytes(5, 1)), "'/etc/cron.d/x'", "outside");
        assertRefused(new TestTars().file("cat\\..\\x.jpg", bytes(5, 1)), "outside");
        assertRefused(
                new TestTars().special("cat/l", TarConstants.LF_SYMLINK, "/etc/passwd"),
                "link 'cat/l' to '/etc/passwd'");
        assertRefused(
                new TestTars().special("cat/l", TarConstants.LF_LINK, "cat/1.jpg"), "link 'cat/l' to 'cat/1.jpg'");
        assertRefused(new TestTars().special("cat/d", TarConstants.LF_CHR, ""), "device or pipe 'cat/d'");
        assertRefused(new TestTars().special("cat/d", TarConstants.LF_BLK, ""), "device or pipe 'cat/d'");
        assertRefused(new TestTars().special("cat/d", TarConstants.LF_FIFO, ""), "device or pipe 'cat/d'");
    }

    @Test
    void aSparseFileRefusesTheArchive() throws IOException {
        byte[] tar = new TestTars().file("cat/big.jpg", bytes(600, 1)).bytes();
        // The old GNU form: type S, a map of one stretch, and the size it pretends to have.
        tar[156] = 'S';
        System.arraycopy("ustar  \0".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 8);
        System.arraycopy("00000000000\00000000001130\0".getBytes(StandardCharsets.US_ASCII), 0, tar, 386, 24);
        System.arraycopy("77777777777\0".getBytes(StandardCharsets.US_ASCII), 0, tar, 483, 12);
        checksum(tar);

        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> scan("a.tar", tar))
                .withMessageContaining("memory:/a.tar holds the sparse file 'cat/big.jpg'");
    }

    private static void checksum(byte[] tar) {
        Arrays.fill(tar, 148, 156, (byte) ' ');
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += tar[i] & 0xFF;
        }
        byte[] text = String.format(Locale.ROOT, "%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, tar, 148, 8);
    }

    @Test
    void anArchiveThatExpandsLikeABombIsRefused() throws IOException {
        byte[] zeros = new byte[80 << 20];
        byte[] bomb = TestTars.gzip(new TestTars().file("cat/zeros.jpg", zeros).bytes());

        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> scan("a.tgz", bomb))
                .withMessageContaining("expands more than 100-fold");
    }

    @Test
    void aCutOrFalseArchiveIsRefused() throws IOException {
        byte[] whole = honest().bytes();

        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> scan("a.tar.gz", Arrays.copyOf(TestTars.gzip(whole), 1000)))
                .withMessageContaining("memory:/a.tar.gz cannot be read to its end");
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> scan("b.tar", Arrays.copyOf(whole, 20_000)))
                .withMessageContaining("memory:/b.tar cannot be read to its end");
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> scan("c.tar", bytes(5_000, 9)))
                .withMessageContaining("damaged or no tar");
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> scan("d.tar.gz", whole))
                .withMessageContaining("memory:/d.tar.gz cannot be read");
    }

    @Test
    void anArchiveCutAtAnyRecordIsRefusedAndOneWithItsEndRecordIsNot() throws IOException {
        TestTars tar = new TestTars().folder("cat");
        for (int i = 0; i < 5; i++) {
            // Zeros at the end of an image are not the end of the archive.
            tar.file("cat/" + i + ".jpg", Arrays.copyOf(bytes(1000, i), 2048));
        }
        byte[] whole =
                tar.file("cat/" + "long".repeat(60) + ".jpg", bytes(700, 7)).bytes();
        int end = whole.length;
        while (whole[end - 1] == 0) {
            end--;
        }
        end = (end + 511) / 512 * 512;

        for (int cut = 0; cut <= end; cut += 512) {
            byte[] part = Arrays.copyOf(whole, cut);
            for (String name : List.of("a.tar", "a.tgz")) {
                byte[] file = name.equals("a.tar") ? part : TestTars.gzip(part);
                store.delete(SPOOL);
                assertThatExceptionOfType(UnusableSourceException.class)
                        .as("%s cut at %d of %d", name, cut, end)
                        .isThrownBy(() -> scan(name, file))
                        .withMessageContaining("memory:/" + name + " cannot be read to its end");
            }
        }
        assertThat(scan("a.tar", Arrays.copyOf(whole, end + 512))).hasSize(6);
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> scan("a.tar", Arrays.copyOf(whole, 512 + 5 * (512 + 2048))))
                .withMessageContaining("it stops after cat/4.jpg without the record that ends a tar");
    }

    @Test
    void aGzippedArchiveWhoseChecksumIsCutOffIsRefused() throws IOException {
        byte[] zipped = TestTars.gzip(honest().bytes());

        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> scan("a.tgz", Arrays.copyOf(zipped, zipped.length - 5)))
                .withMessageContaining("memory:/a.tgz cannot be read to its end");
    }

    @Test
    void onlyWhatSystemsLeaveBehindIsHiddenNotEveryUnderscore() throws IOException {
        TestTars tar = new TestTars();
        for (String name : List.of(
                "cat/_DSC0001.JPG",
                "_background_/_MG_1234.JPG",
                "cat/._DSC0001.JPG",
                "cat/Thumbs.db",
                "__MACOSX/cat/_DSC0001.JPG",
                "_temporary/0/part.jpg",
                "cat/_committed_123456",
                "_SUCCESS")) {
            tar.file(name, bytes(10, 1));
        }

        assertThat(scan("a.tar", tar.bytes()))
                .extracting(SourceImage::path)
                .containsExactly("cat/_DSC0001.JPG", "_background_/_MG_1234.JPG");
    }

    @Test
    void namesThatAreNoUtf8StayApart() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "ISO-8859-1")) {
            for (String name : List.of("cat/\u00e9.jpg", "cat/\u00e8.jpg", "cat/e.jpg")) {
                TarArchiveEntry entry = new TarArchiveEntry(name, true);
                entry.setSize(10);
                tar.putArchiveEntry(entry);
                tar.write(bytes(10, name.hashCode()));
                tar.closeArchiveEntry();
            }
        }

        assertThat(scan("a.tar", bytes.toByteArray()))
                .extracting(SourceImage::path)
                .containsExactly("cat/?.jpg", "cat/?.jpg~2", "cat/e.jpg");
    }

    @Test
    void aFileTooLargeForAnImageIsPassedOver() throws IOException {
        byte[] large = new byte[(64 << 20) + 1];
        TestTars tar = new TestTars().file("cat/large.jpg", large).file("cat/1.jpg", bytes(100, 1));

        List<SourceImage> images = scan("a.tar", tar.bytes());

        assertThat(images).extracting(SourceImage::path).containsExactly("cat/large.jpg", "cat/1.jpg");
        assertThat(images.get(1).offset()).isGreaterThan(64 << 20);
    }

    private void assertRefused(TestTars tar, String... parts) throws IOException {
        byte[] bytes = tar.file("cat/fine.jpg", bytes(10, 1)).bytes();
        store.delete(new Location("memory:/a.tar"));
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> scan("a.tar", bytes))
                .satisfies(e -> assertThat(e.getMessage()).contains(parts).contains("The archive memory:/a.tar"));
        assertThat(store.files().keySet()).containsExactly("memory:/a.tar");
    }

    private List<SourceImage> scan(String name, byte[] content) throws IOException {
        Location archive = new Location("memory:/" + name);
        store.replace(archive, content);
        List<SourceImage> images = new ArrayList<>();
        try (Spool spool = new Spool(store, SPOOL)) {
            folders = new TarSource(store, archive).scan(spool, images::add);
        }
        return images;
    }

    private static byte[] bytes(int length, int seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
