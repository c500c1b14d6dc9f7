package dev.convoke.shard.ingest;

import dev.convoke.data.ImageLimits;
import dev.convoke.data.UndecodableImageException;
import dev.convoke.data.UndecodableImageException.Reason;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.NotFoundException;
import dev.convoke.storage.Sha256;
import java.util.List;

/** Reads inputs whole and sums up what they are, also those that are rejected for it. Not thread-safe. */
final class InputReader implements AutoCloseable {

    private final RangeReader ranges;
    private Fingerprint fingerprint = Fingerprint.NONE;

    /** The bytes of an input and their digest. */
    @SuppressWarnings("ArrayRecordComponent") // handed through, compared by nobody
    record Input(byte[] bytes, String sha256) {}

    /** Reads through stores; opens nothing yet. */
    InputReader(FileStores stores) {
        this.ranges = new RangeReader(stores);
    }

    /**
     * Returns the fingerprint of what is to become one shard.
     *
     * @param images in the order of its rows; two of the same path stand together, and the first counts
     */
    static Fingerprint fingerprint(FileStores stores, List<SourceImage> images) {
        try (InputReader reader = new InputReader(stores)) {
            String lastPath = "";
            for (SourceImage image : images) {
                if (!image.path().equals(lastPath)) {
                    reader.take(image);
                }
                lastPath = image.path();
            }
            return reader.fingerprint();
        }
    }

    private void take(SourceImage image) {
        try {
            read(image);
        } catch (UndecodableImageException rejected) {
            // It is summed up by what read() could learn of it, as it is when the shard is made.
        }
    }

    /**
     * Returns an input.
     *
     * @throws UndecodableImageException if it is too long to be read, or not there
     */
    Input read(SourceImage image) {
        if (image.length() > ImageLimits.DEFAULT.bytes()) {
            fingerprint = fingerprint.plus(Fingerprint.of(image.path(), "length " + image.length()));
            throw new UndecodableImageException(
                    Reason.TOO_LARGE, image.length() + " bytes, more than the limit of " + ImageLimits.DEFAULT.bytes());
        }
        byte[] bytes = bytes(image);
        Input input = new Input(bytes, Sha256.of(bytes));
        fingerprint = fingerprint.plus(Fingerprint.of(image.path(), input.sha256()));
        return input;
    }

    private byte[] bytes(SourceImage image) {
        try {
            return ranges.read(image);
        } catch (NotFoundException e) {
            // Names that are not valid in the system's encoding are listed but cannot be opened.
            throw new UndecodableImageException(
                    Reason.EMPTY, "listed but not there when read; deleted, or its name is not valid UTF-8", e);
        }
    }

    /** Returns the fingerprint of all inputs that were asked for. */
    Fingerprint fingerprint() {
        return fingerprint;
    }

    @Override
    public void close() {
        ranges.close();
    }
}
