package dev.convoke.storage;

import java.io.Serializable;

/**
 * Where a file or a folder is: an absolute URI such as {@code hdfs://namenode/data/cars} or {@code file:/tmp/run},
 * without a trailing slash. Names below it are appended as they are, unescaped, as Hadoop paths do.
 *
 * @param uri the whole address
 */
public record Location(String uri) implements Serializable {

    /** Drops trailing slashes, but those of a root, and refuses what has no scheme. */
    public Location {
        while (uri.endsWith("/") && !uri.endsWith(":/") && !uri.endsWith("://") && !uri.endsWith(":///")) {
            uri = uri.substring(0, uri.length() - 1);
        }
        int colon = uri.indexOf(':');
        if (colon < 1 || uri.indexOf('/') < colon) {
            throw new IllegalArgumentException(
                    "Not an absolute URI: '" + uri + "'; write file:/path or hdfs://host/path");
        }
    }

    /**
     * Returns the location a person wrote: a URI as it is, a plain path as a local file.
     *
     * @throws UnknownSchemeException if it has a password in it: addresses are stored in runs and shown in logs
     */
    public static Location parse(String text) {
        if (text.matches("[^/]+://[^/@]*:[^/@]*@.*")) {
            throw new UnknownSchemeException("An address that begins with " + text.substring(0, text.indexOf(':'))
                    + ":// has a password in it, and addresses are stored in runs and shown in logs: write it without,"
                    + " and give the credentials in Hadoop's configuration (see docs/operations.md)");
        }
        int colon = text.indexOf(':');
        boolean hasScheme = colon > 0 && text.substring(0, colon).matches("[A-Za-z][A-Za-z0-9+.-]*");
        return hasScheme
                ? new Location(text)
                : new Location(
                        "file:" + java.nio.file.Path.of(text).toAbsolutePath().normalize());
    }

    /** Returns the part before the first colon, such as {@code hdfs}. */
    public String scheme() {
        return uri.substring(0, uri.indexOf(':'));
    }

    /** Returns the last name of the address. */
    public String name() {
        return uri.substring(uri.lastIndexOf('/') + 1);
    }

    /** Returns the folder this stands in. */
    public Location parent() {
        int slash = uri.lastIndexOf('/');
        return new Location(
                uri.charAt(slash - 1) == ':' || uri.charAt(slash - 1) == '/'
                        ? uri.substring(0, slash + 1)
                        : uri.substring(0, slash));
    }

    /** Returns the location of {@code name} (one name or several joined by slashes) below this folder. */
    public Location child(String name) {
        return new Location(uri.endsWith("/") ? uri + name : uri + "/" + name);
    }

    @Override
    public String toString() {
        return uri;
    }
}
