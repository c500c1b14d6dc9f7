package dev.convoke.storage;

/** A file was written by a newer Convoke: read it with that one. Names the file, its version and ours. */
public final class NewerFormatException extends RuntimeException {

    private NewerFormatException(String message) {
        super(message);
    }

    /** Refuses a format version above the newest this program knows. */
    public static void check(Location file, long version, int newestKnown) {
        if (version > newestKnown) {
            throw new NewerFormatException("Cannot read " + file + ": it has format version " + version
                    + ", this Convoke knows versions up to " + newestKnown
                    + "; use the Convoke that wrote it or newer");
        }
    }
}
