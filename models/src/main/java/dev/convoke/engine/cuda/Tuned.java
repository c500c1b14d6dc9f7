package dev.convoke.engine.cuda;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.OptionalInt;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of a library's proposals was the fastest, by what is computed; kept in a file for the next replica, process and
 * night. A file belongs to one kind of card and the versions of its libraries, whose proposals come in one order.
 * Losing it costs time only.
 */
final class Tuned {

    /** Remembered where nothing that was proposed can compute it. */
    static final int NONE = -1;

    private static final Logger LOG = LoggerFactory.getLogger(Tuned.class);
    private static final long MOST_BYTES = 4 << 20;

    private final Path file;
    private final Properties choices = new Properties();
    private boolean isRead;
    private boolean isSaved = true;

    private Tuned(Path file) {
        this.file = file;
    }

    /**
     * Opens what was remembered; the file is read when somebody asks.
     *
     * @param folder where such files are, made when one is written
     * @param machine the card and the versions of its libraries
     */
    static Tuned open(Path folder, String machine) {
        String name = machine.replaceAll("[^A-Za-z0-9.]+", "-");
        return new Tuned(folder.resolve("tuned-1-" + name + ".properties"));
    }

    /**
     * Returns the folder of this user: {@code $XDG_CACHE_HOME/convoke}, or {@code .cache/convoke} at home. Where a user
     * has no home, as in some containers, it is among temporary files.
     */
    static Path folder() {
        String cache = System.getenv("XDG_CACHE_HOME");
        return folder(cache == null ? "" : cache, System.getProperty("user.home", ""));
    }

    static Path folder(String cache, String home) {
        if (Path.of(cache).isAbsolute()) {
            return Path.of(cache, "convoke");
        }
        return Path.of(home).isAbsolute()
                ? Path.of(home, ".cache", "convoke")
                : Path.of(System.getProperty("java.io.tmpdir"), "convoke-" + System.getProperty("user.name"));
    }

    /**
     * Returns the proposal that was the fastest, {@link #NONE} if none was any good, or nothing if it was never tried.
     */
    OptionalInt known(String what) {
        if (!isRead) {
            stored().forEach(choices::putIfAbsent);
            isRead = true;
        }
        String value = choices.getProperty(what);
        try {
            return value == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(value));
        } catch (NumberFormatException e) {
            LOG.warn("{} says '{}' for {}, which is no number: it is tried again", file, value, what);
            return OptionalInt.empty();
        }
    }

    void remember(String what, int proposal) {
        choices.setProperty(what, String.valueOf(proposal));
        isSaved = false;
    }

    /** Writes what is new, beside what others have written meanwhile. */
    void save() {
        if (isSaved) {
            return;
        }
        Properties all = stored();
        all.putAll(choices);
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Path written = Files.createTempFile(file.toAbsolutePath().getParent(), "tuned", ".tmp");
            try {
                try (Writer out = Files.newBufferedWriter(written)) {
                    all.store(out, "The fastest of a library's proposals; may be deleted");
                }
                Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(written);
            }
        } catch (IOException e) {
            LOG.warn("What was fastest cannot be kept in {} ({}): the next replica tries again", file, e.toString());
        }
        isSaved = true;
    }

    private Properties stored() {
        Properties read = new Properties();
        try {
            if (Files.isRegularFile(file) && Files.size(file) <= MOST_BYTES) {
                try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                    read.load(in);
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("{} cannot be read ({}): what is fastest is tried again", file, e.toString());
        }
        return read;
    }
}
