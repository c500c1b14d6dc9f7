package dev.convoke.data;

import org.jspecify.annotations.Nullable;

/** Bytes that are not an image this pipeline trains on: quarantine them and go on. Carries a reason to count by. */
public final class UndecodableImageException extends RuntimeException {

    /** Why an image was refused. */
    public enum Reason {
        /** No bytes at all. */
        EMPTY,
        /** Not the beginning of any image format. */
        NOT_AN_IMAGE,
        /** An image, but neither JPEG nor PNG, or a kind of them that no decoder here reads. */
        UNSUPPORTED_FORMAT,
        /** The end is missing. */
        TRUNCATED,
        /** The content contradicts itself. */
        CORRUPT,
        /** More pixels or bytes than the limits allow. */
        TOO_LARGE
    }

    private final Reason reason;
    private final String detail;

    /** Carries the reason and, in words, what was seen. */
    public UndecodableImageException(Reason reason, String detail) {
        this(reason, detail, null);
    }

    /** Carries the reason, in words what was seen, and the decoder's own complaint. */
    public UndecodableImageException(Reason reason, String detail, @Nullable Throwable cause) {
        super(reason + ": " + detail, cause);
        this.reason = reason;
        this.detail = detail;
    }

    /** Returns why the image was refused. */
    public Reason reason() {
        return reason;
    }

    /** Returns what was seen, in words. */
    public String detail() {
        return detail;
    }
}
