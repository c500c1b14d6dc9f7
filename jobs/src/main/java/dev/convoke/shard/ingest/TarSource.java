package dev.convoke.shard.ingest;

import dev.convoke.shard.UnusableSourceException;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.SeekableInput;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Images in a tar, plain or gzipped, in one pass with bounded memory. A plain tar is only indexed: its images are read
 * where they are. Out of a gzipped one each image is copied to a spool. Nothing is ever unpacked to a name of the
 * archive's choice, and an archive with entries that only make sense for unpacking elsewhere is refused.
 */
public final class TarSource {

    private static final int MOST_FOLDERS = 100_000;

    private final FileStore store;
    private final Location archive;

    /** Describes an archive; opens nothing yet. */
    public TarSource(FileStore store, Location archive) {
        this.store = store;
        this.archive = archive;
    }

    /** Whether a file's name is that of a tar. */
    public static boolean isTar(String name) {
        return name.endsWith(".tar") || isGzipped(name);
    }

    private static boolean isGzipped(String name) {
        return name.endsWith(".tar.gz") || name.endsWith(".tgz");
    }

    /**
     * Passes over the archive once.
     *
     * @param spool takes the images of a gzipped archive
     * @param each receives every file that is not hidden
     * @return the paths of its folders, also of empty ones
     * @throws UnusableSourceException if it is no tar, is cut short, or holds what no archive of images holds
     */
    public Set<String> scan(Spool spool, Consumer<SourceImage> each) {
        try (SeekableInput file = store.open(archive)) {
            if (!isGzipped(archive.name())) {
                SkippingInput plain = new SkippingInput(file, file.length());
                return scan(
                        plain,
                        each,
                        (path, length, in) ->
                                new SourceImage(PathNames.escape(path), archive.uri(), plain.position(), length));
            }
            InputStream unzipped = new BufferedInputStream(
                    new ExpansionLimit(new GZIPInputStream(new BufferedInputStream(file, 1 << 16), 1 << 16), file),
                    1 << 16);
            Set<String> folders =
                    scan(unzipped, each, (path, length, in) -> spool.copy(PathNames.escape(path), length, in));
            unzipped.transferTo(OutputStream.nullOutputStream()); // at its very end gzip checks what it gave
            return folders;
        } catch (IOException e) {
            throw new UnusableSourceException(
                    "The archive " + archive + " cannot be read to its end (" + e.getMessage()
                            + "): it is damaged or no tar; fetch it again",
                    e);
        }
    }

    /**
     * Passes over a plain archive that is a part of this file, such as one within another.
     *
     * @param offset of its first byte
     * @param length in bytes
     * @param each receives every file that is not hidden
     * @throws UnusableSourceException as the other method does
     */
    public Set<String> scan(long offset, long length, Consumer<SourceImage> each) {
        try (SeekableInput file = store.open(archive)) {
            file.seek(offset);
            SkippingInput part = new SkippingInput(file, offset + length);
            return scan(
                    part,
                    each,
                    (path, size, in) -> new SourceImage(PathNames.escape(path), archive.uri(), part.position(), size));
        } catch (IOException e) {
            throw new UnusableSourceException(
                    "The archive at byte " + offset + " of " + archive + " cannot be read to its end (" + e.getMessage()
                            + "): it is damaged or no tar; fetch it again",
                    e);
        }
    }

    private interface Taker {
        SourceImage take(String path, long length, InputStream entry) throws IOException;
    }

    private Set<String> scan(InputStream bytes, Consumer<SourceImage> each, Taker taker) throws IOException {
        Set<String> folders = new TreeSet<>();
        OddNames odd = new OddNames();
        // Through the general type: the special one's method changed between the releases that clusters have.
        HeaderWatch watched = new HeaderWatch(bytes, this::refused);
        ArchiveInputStream<TarArchiveEntry> tar = new TarArchiveInputStream(watched, "UTF-8");
        String last = "";
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            String path = checkedPath(entry);
            watched.expectHeaderAfter(entry.isDirectory() ? 0 : entry.getSize());
            last = path;
            if (entry.isDirectory()) {
                remember(path, folders);
            } else if (!path.isEmpty() && !PathNames.hasHiddenPart(path)) {
                remember(path.substring(0, Math.max(0, path.lastIndexOf('/'))), folders);
                each.accept(taker.take(odd.distinct(path), entry.getSize(), tar));
            }
        }
        // The library takes the end of the bytes for the end of the archive, which the archive itself states in zeros.
        if (!watched.sawEndRecord()) {
            throw new EOFException("it stops " + (last.isEmpty() ? "at once" : "after " + PathNames.escape(last))
                    + " without the record that ends a tar");
        }
        return folders;
    }

    private void remember(String folder, Set<String> folders) {
        if (folders.add(folder) && folders.size() > MOST_FOLDERS) {
            throw refused("has more than " + MOST_FOLDERS + " folders; classes are folders, images are files");
        }
    }

    private String checkedPath(TarArchiveEntry entry) {
        String name = entry.getName();
        String shown = "'" + PathNames.escape(name) + "'";
        if (entry.isSymbolicLink() || entry.isLink()) {
            throw refused("holds the link " + shown + " to '" + PathNames.escape(entry.getLinkName()) + "'");
        }
        if (entry.isCharacterDevice() || entry.isBlockDevice() || entry.isFIFO()) {
            throw refused("holds the device or pipe " + shown);
        }
        if (entry.isSparse()) {
            throw refused("holds the sparse file " + shown);
        }
        if (!entry.isDirectory() && !entry.isFile()) {
            throw refused("holds " + shown + ", which is neither a file nor a folder");
        }
        if (name.startsWith("/") || name.contains("\\")) {
            throw refused("holds " + shown + ", which names a place outside the archive");
        }
        StringBuilder path = new StringBuilder();
        for (String part : name.split("/", -1)) {
            if (part.equals("..")) {
                throw refused("holds " + shown + ", which names a place outside the archive");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                path.append(path.isEmpty() ? "" : "/").append(part);
            }
        }
        return path.toString();
    }

    private UnusableSourceException refused(String what) {
        return new UnusableSourceException("The archive " + archive + " " + what
                + ": it is not an archive of images as this reads them; make one of plain files in class folders");
    }

    /** Leaps over what is not read, instead of reading it. */
    private static final class SkippingInput extends InputStream {

        private final SeekableInput in;
        private final long end;

        SkippingInput(SeekableInput in, long end) {
            this.in = in;
            this.end = end;
        }

        long position() throws IOException {
            return in.position();
        }

        @Override
        public int read() throws IOException {
            return in.position() < end ? in.read() : -1;
        }

        @Override
        public int read(byte[] target, int offset, int count) throws IOException {
            long left = end - in.position();
            return left <= 0 ? -1 : in.read(target, offset, (int) Math.min(count, left));
        }

        @Override
        public long skip(long count) throws IOException {
            long from = in.position();
            long to = Math.min(end, from + Math.max(0, count));
            in.seek(to);
            return to - from;
        }

        @Override
        public int available() throws IOException {
            return (int) Math.min(Integer.MAX_VALUE, end - in.position());
        }
    }

    /** Stops what expands as no images do. */
    private static final class ExpansionLimit extends InputStream {

        private static final long ALWAYS_ALLOWED = 64L << 20;
        private static final long MOST_FOLD = 100;

        private final InputStream unzipped;
        private final SeekableInput zipped;
        private long count;

        ExpansionLimit(InputStream unzipped, SeekableInput zipped) {
            this.unzipped = unzipped;
            this.zipped = zipped;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = unzipped.read(target, offset, length);
            count += Math.max(0, read);
            if (count > ALWAYS_ALLOWED && count > MOST_FOLD * zipped.position()) {
                throw new ExpansionException("expands more than " + MOST_FOLD + "-fold, as no images do");
            }
            return read;
        }
    }

    private static final class ExpansionException extends IOException {
        ExpansionException(String message) {
            super(message);
        }
    }
}
