package dev.convoke.storage;

import java.io.IOException;

/** Reads small files whole, the same way for every store. */
final class WholeFile {

    private static final int ATTEMPTS = 3;

    private WholeFile() {}

    /**
     * A file that is being replaced may lose its old bytes under a reader: the next try sees the new ones. What cannot
     * be opened is not tried again here; stores wait for that as long as it makes sense.
     */
    static byte[] read(FileStore store, Location file, int largestBytes) {
        for (int attempt = 1; ; attempt++) {
            SeekableInput input = store.open(file);
            try {
                return readAndClose(input, file, largestBytes);
            } catch (StorageException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static byte[] readAndClose(SeekableInput opened, Location file, int largestBytes) {
        try (SeekableInput input = opened) {
            if (input.length() > largestBytes) {
                throw new StorageException(
                        "Cannot read " + file + " whole: it has " + input.length() + " bytes, more than the "
                                + largestBytes + " such a file may have; check that the path names the right file",
                        null);
            }
            byte[] content = new byte[(int) input.length()];
            int read = input.readNBytes(content, 0, content.length);
            if (read < content.length) {
                throw new StorageException(
                        "Cannot read " + file + " whole: it ended after " + read + " of " + content.length
                                + " bytes; something else is changing it, so run the same command again",
                        null);
            }
            return content;
        } catch (IOException e) {
            throw new StorageException("Cannot read " + file + ": " + e.getMessage() + "; check the storage", e);
        }
    }
}
