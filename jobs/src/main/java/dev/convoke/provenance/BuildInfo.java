package dev.convoke.provenance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * Which Convoke this is.
 *
 * @param version of the release
 * @param commit it was built from, 40 hexadecimal digits, or {@code unknown}
 * @param modified whether files differed from that commit; false if the commit is unknown
 */
public record BuildInfo(String version, String commit, boolean modified) {

    private static final String UNKNOWN = "unknown";

    /** Returns what the build wrote down; everything unknown if it wrote nothing. */
    public static BuildInfo current() {
        Properties properties = new Properties();
        try (InputStream input = BuildInfo.class.getResourceAsStream("build.properties")) {
            if (input != null) {
                properties.load(input);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read build.properties of this program; build it again", e);
        }
        return of(properties);
    }

    /** Outside a repository, or without git, the build has nothing useful to write. */
    static BuildInfo of(Properties properties) {
        String commit = properties.getProperty("commit", "").strip();
        boolean known = commit.matches("[0-9a-f]{40}");
        return new BuildInfo(
                properties.getProperty("version", UNKNOWN),
                known ? commit : UNKNOWN,
                known && Boolean.parseBoolean(properties.getProperty("modified")));
    }

    @Override
    public String toString() {
        return version + " (" + (commit.equals(UNKNOWN) ? "commit unknown" : "commit " + commit.substring(0, 12))
                + (modified ? ", modified)" : ")");
    }
}
