package dev.convoke.storage;

/** No backend serves a URI's scheme: correct the URI or add the file system's client to the class path. */
public final class UnknownSchemeException extends RuntimeException {

    /** Carries the URI and the schemes that are served. */
    public UnknownSchemeException(String message) {
        super(message);
    }
}
