package dev.convoke.data;

/**
 * The largest image that is decoded. Checked against the header, before any native code sees the bytes.
 *
 * @param pixels width times height
 * @param bytes length of the file
 */
public record ImageLimits(long pixels, int bytes) {

    /** 50 million pixels and 64 MiB: above every camera image in ImageNet, below what fills an executor's memory. */
    public static final ImageLimits DEFAULT = new ImageLimits(50_000_000L, 64 << 20);

    /** Checks that the limits leave room for an image. */
    public ImageLimits {
        if (pixels < 1 || bytes < 1) {
            throw new IllegalArgumentException("Limits of " + pixels + " pixels and " + bytes + " bytes allow nothing");
        }
    }
}
