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
    private final HuffmanTables tables = new HuffmanTables();

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
     * Decodes a file whose bytes are known to be good, such as a shard's, which were checked when they came in and are
     * verified when they are read. Damage may show as wrong pixels.
     *
     * @param encoded read, not retained
     * @throws UndecodableImageException if the decoder refuses it
     */
    public RgbImage decodeVerified(byte[] encoded) {
        return NativeImages.decoded(encoded, header(encoded));
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
            return new Examination(encoded, header.width(), header.height(), NativeImages.statistics(image));
        }
    }

    /**
     * Makes sure that a file can be decoded, without decoding it where its coding leaves no doubt: a JPEG of usual kind
     * that was walked to its end.
     *
     * @param encoded read, not retained
     * @return without sums over pixels
     * @throws UndecodableImageException as {@link #decode} does
     */
    public Examination check(byte[] encoded) {
        ImageHeader header = wholeHeader(encoded);
        boolean usual = header.format() == Format.JPEG
                && header.bits() == 8
                && (header.channels() == 1 || header.channels() == 3)
                && (header.coding().equals("baseline") || header.coding().equals("progressive"));
        if (!usual) {
            NativeImages.decode(encoded, header, 1).close();
        }
        return new Examination(encoded, header.width(), header.height(), PixelStatistics.NONE);
    }

    /**
     * Scales an image down until its shorter side has {@code side} pixels and encodes it again; leaves it untouched if
     * it is no larger. What is encoded again is upright and says so.
     *
     * @param encoded read, not retained
     * @param quality of the JPEG, 1 to 100
     * @return the new file, or {@code encoded} itself, and the sums over its pixels before they were encoded
     * @throws UndecodableImageException as {@link #decode} does
     */
    public Examination shrink(byte[] encoded, int side, int quality) {
        ImageHeader header = header(encoded);
        int shorter = Math.min(header.width(), header.height());
        if (shorter <= side) {
            return examine(encoded);
        }
        wholeHeader(encoded);
        int width = Math.max(1, Math.round((float) header.width() * side / shorter));
        int height = Math.max(1, Math.round((float) header.height() * side / shorter));
        // No finer than half as fine again as needed: averaging areas afterwards hides which pixels were averaged
        // first.
        int reduction = 1;
        while (header.format() == Format.JPEG
                && !header.coding().equals("lossless")
                && shorter / (2 * reduction) >= 2 * side) {
            reduction *= 2;
        }
        try (Mat image = NativeImages.decode(encoded, header, Math.min(8, reduction));
                Mat scaled = NativeImages.scaled(image, width, height)) {
            return new Examination(
                    NativeImages.encodeJpeg(scaled, quality), width, height, NativeImages.statistics(scaled));
        }
    }

    private ImageHeader wholeHeader(byte[] encoded) {
        ImageHeader header = header(encoded);
        if (header.format() == Format.JPEG) {
            JpegScans.check(encoded, tables);
        } else {
            PngStructure.requireWhole(encoded, header);
        }
        return header;
    }

    /**
     * What a file is like that can be decoded.
     *
     * @param encoded the file
     * @param width of the upright image in pixels
     * @param height of the upright image in pixels
     * @param pixels sums over its pixels, or over none if they were not asked for
     */
    @SuppressWarnings("ArrayRecordComponent") // handed through, compared by nobody
    public record Examination(byte[] encoded, int width, int height, PixelStatistics pixels) {}
}
