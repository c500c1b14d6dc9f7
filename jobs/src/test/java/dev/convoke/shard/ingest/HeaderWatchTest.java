package dev.convoke.shard.ingest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;

/** What a header announces is refused before any of it is read into memory. */
class HeaderWatchTest {

    private static final long HUGE = 400L << 20;

    /** The library may read a little ahead. */
    private static final long MOST_READ = 64L << 10;

    private final ByteArrayOutputStream beginning = new ByteArrayOutputStream();

    @Test
    void namesAndAttributesOfHundredsOfMegabytesAreRefusedByTheirHeader() throws IOException {
        for (byte kind : new byte[] {
            TarConstants.LF_PAX_EXTENDED_HEADER_LC,
            TarConstants.LF_PAX_EXTENDED_HEADER_UC,
            TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER,
            TarConstants.LF_GNUTYPE_LONGNAME,
            TarConstants.LF_GNUTYPE_LONGLINK
        }) {
            beginning.reset();
            header("first", TarConstants.LF_GNUTYPE_LONGNAME, 6);
            content("a.jpg\0");
            header("second", kind, HUGE);

            assertRefused("a name or attributes of " + HUGE + " bytes, more than 1048576");
        }
    }

    @Test
    void aMapOfASparseFileIsRefusedBeforeItIsRead() throws IOException {
        header("attributes", TarConstants.LF_PAX_EXTENDED_HEADER_LC, 46);
        content("22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n ");
        header("cat/a.jpg", TarConstants.LF_NORMAL, HUGE);
        assertRefused("holds a sparse file");

        beginning.reset();
        byte[] old = header("cat/a.jpg", TarConstants.LF_GNUTYPE_SPARSE, 512);
        old[482] = 1;
        beginning.reset();
        beginning.writeBytes(old);
        assertRefused("holds a sparse file");
    }

    @Test
    void anEntryWithThousandsOfNamesIsRefusedNotFollowed() throws IOException {
        for (int i = 0; i < 10_000; i++) {
            header("name", TarConstants.LF_GNUTYPE_LONGNAME, 6);
            content("a.jpg\0");
        }

        assertRefused("more than 16 names or attributes of one entry");
    }

    @Test
    void honestNamesOfEveryLengthPass() throws IOException {
        for (int mode : new int[] {TarArchiveOutputStream.LONGFILE_GNU, TarArchiveOutputStream.LONGFILE_POSIX}) {
            List<String> names = new ArrayList<>();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
                tar.setLongFileMode(mode);
                for (int length : new int[] {1, 100, 101, 512, 513, 4096}) {
                    names.add("x".repeat(length));
                    TarArchiveEntry entry = new TarArchiveEntry("x".repeat(length));
                    entry.setSize(length);
                    tar.putArchiveEntry(entry);
                    tar.write(new byte[length]);
                    tar.closeArchiveEntry();
                }
            }
            List<String> found = new ArrayList<>();
            InputStream in = new ByteArrayInputStream(bytes.toByteArray());
            HeaderWatch watch = new HeaderWatch(in, IllegalStateException::new);
            try (TarArchiveInputStream tar = new TarArchiveInputStream(watch)) {
                for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    watch.expectHeaderAfter(entry.getSize());
                    found.add(entry.getName());
                }
            }

            assertThat(found).isEqualTo(names);
            assertThat(watch.sawEndRecord()).isTrue();
        }
    }

    private void assertRefused(String what) throws IOException {
        Endless archive = new Endless(beginning.toByteArray());
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new HeaderWatch(archive, IllegalStateException::new))) {
            assertThatIllegalStateException().isThrownBy(tar::getNextEntry).withMessageContaining(what);
            assertThat(archive.read).isLessThan(MOST_READ);
        }
    }

    private byte[] header(String name, byte kind, long size) {
        TarArchiveEntry entry = new TarArchiveEntry(name, kind);
        entry.setSize(size);
        byte[] record = new byte[512];
        entry.writeEntryHeader(record);
        beginning.writeBytes(record);
        return record;
    }

    private void content(String text) {
        beginning.writeBytes(Arrays.copyOf(text.getBytes(US_ASCII), 512));
    }

    /** Some bytes, and then one of text without an end. */
    private static final class Endless extends InputStream {

        private final byte[] beginning;
        private long read;

        Endless(byte[] beginning) {
            this.beginning = beginning;
        }

        @Override
        public int read() {
            int value = read < beginning.length ? beginning[(int) read] & 0xFF : '1';
            read++;
            return value;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (read > HUGE) {
                throw new AssertionError("Too much of it was read");
            }
            for (int i = 0; i < length; i++) {
                target[offset + i] = (byte) read();
            }
            return length;
        }
    }
}
