package dev.convoke.bench.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Makes reads come from the disk: else a file that was just written is read from memory. */
final class PageCache {

    private PageCache() {}

    /** Drops what the kernel holds of all files below a folder, which must have been forced to disk. */
    static void forget(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            // The JDK has no posix_fadvise; with count=0 this is all that dd does.
            Process dd = new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0", "status=none").start();
            try {
                if (!dd.waitFor(60, TimeUnit.SECONDS) || dd.exitValue() != 0) {
                    throw new IOException("dd cannot drop the cache of " + file + ": GNU coreutils are needed");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted while dropping the cache of " + file, e);
            }
        }
    }

    /** Deletes a folder with everything in it. */
    static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot delete " + folder + ": " + e.getMessage(), e);
        }
    }
}
