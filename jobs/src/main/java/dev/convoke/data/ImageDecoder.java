package dev.convoke.data;

import dev.convoke.data.ImageHeader.Format;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Turns the bytes of JPEG and PNG files into upright RGB pixels, whatever they hold: grey, palette, 16 bits, alpha
 * (dropped), CMYK, any EXIF orientation. What it cannot turn into the right pixels it refuses with a reason; it never
 * returns part of an image. Safe for use by many threads.
 */
public final class ImageDecoder {

    private final ImageLimits limits;

    /** Decodes within {@link ImageLimits#DEFAULT}. */
    public ImageDecoder() {
        this(ImageLimits.DEFAULT);
    }

    /** Decodes within limits. */
    public ImageDecoder(ImageLimits limits) {
        this.limits = limits;
    }

    /**
     * Reads the header alone.
     *
     * @throws UndecodableImageException see {@link ImageHeader#read}
     */
    public ImageHeader header(byte[] encoded) {
        return ImageHeader.read(encoded, limits);
    }

    /**
     * Decodes a whole file, after checking that it is whole.
     *
     * @param encoded read, not retained
     * @throws UndecodableImageException if there is no image in it, or not all of it
     */
    public RgbImage decode(byte[] encoded) {
        return NativeImages.decoded(encoded, wholeHeader(encoded));
    }

    /**
     * Decodes a whole file for what can be said about it, without handing the pixels out.
     *
     * @param encoded read, not retained
     * @throws UndecodableImageException as {@link #decode} does
     */
    public Examination examine(byte[] encoded) {
        ImageHeader header = wholeHeader(encoded);
        try (Mat image = NativeImages.decode(encoded, header, 1)) {
            return new Examination(header, NativeImages.statistics(image));
        }
    }

    /**
     * Scales an image down until its shorter side has {@code side} pixels and encodes it again; leaves it untouched if
     * it is no larger. What is encoded again is upright and says so.
     *
     * @param encoded read, not retained
     * @param quality of the JPEG, 1 to 100
     * @return the new file, or {@code encoded} itself
     * @throws UndecodableImageException as {@link #decode} does
     */
    public byte[] shrink(byte[] encoded, int side, int quality) {
        ImageHeader header = wholeHeader(encoded);
        int shorter = Math.min(header.width(), header.height());
        if (shorter <= side) {
            return encoded;
        }
        int width = Math.max(1, Math.round((float) header.width() * side / shorter));
        int height = Math.max(1, Math.round((float) header.height() * side / shorter));
        try (Mat image = NativeImages.decode(encoded, header, 1)) {
            return NativeImages.encodeJpeg(image, width, height, quality);
        }
    }

    private ImageHeader wholeHeader(byte[] encoded) {
        ImageHeader header = header(encoded);
        if (header.format() == Format.JPEG) {
            JpegScans.check(encoded);
        } else {
            PngStructure.requireWhole(encoded);
        }
        return header;
    }

    /**
     * What a decoded image is like.
     *
     * @param header as stored
     * @param pixels sums over its pixels
     */
    public record Examination(ImageHeader header, PixelStatistics pixels) {}
}
