package dev.convoke.storage;

/** Finds the store that serves a location. Safe for use by many threads. */
public interface FileStores {

    /**
     * Returns the store for a location's scheme.
     *
     * @throws UnknownSchemeException if no backend serves the scheme; the message lists those that are served
     */
    FileStore of(Location location);
}
