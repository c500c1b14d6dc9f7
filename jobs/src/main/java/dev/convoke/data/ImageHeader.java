package dev.convoke.data;

import dev.convoke.data.UndecodableImageException.Reason;

/**
 * What the beginning of an image file says, read by our own code so that nothing else touches bytes that are not on the
 * allow-list.
 *
 * @param format JPEG or PNG, by the first bytes; the name of the file does not matter
 * @param storedWidth in pixels, before the orientation is applied
 * @param storedHeight in pixels, before the orientation is applied
 * @param channels colour channels as stored: 1 grey or palette, 2 grey with alpha, 3 colour, 4 CMYK or with alpha
 * @param palette whether what is stored of a pixel is its place in a list of colours
 * @param bits per channel as stored
 * @param orientation EXIF's 1 to 8; 1 where it is missing or broken
 * @param coding how the pixels are coded, such as {@code baseline} or {@code progressive}
 */
public record ImageHeader(
        Format format,
        int storedWidth,
        int storedHeight,
        int channels,
        boolean palette,
        int bits,
        int orientation,
        String coding) {

    /** The formats on the allow-list. */
    public enum Format {
        JPEG,
        PNG
    }

    /** Returns the width of the upright image. */
    public int width() {
        return orientation >= 5 ? storedHeight : storedWidth;
    }

    /** Returns the height of the upright image. */
    public int height() {
        return orientation >= 5 ? storedWidth : storedHeight;
    }

    /**
     * Reads the header of an encoded image.
     *
     * @param encoded the whole file; read, not retained
     * @throws UndecodableImageException if it is empty, not JPEG or PNG, ends within the header, contradicts itself or
     *     exceeds the limits
     */
    public static ImageHeader read(byte[] encoded, ImageLimits limits) {
        if (encoded.length == 0) {
            throw new UndecodableImageException(Reason.EMPTY, "the file has no bytes");
        }
        if (encoded.length > limits.bytes()) {
            throw new UndecodableImageException(
                    Reason.TOO_LARGE, encoded.length + " bytes, more than the limit of " + limits.bytes());
        }
        ImageHeader header;
        if (Signatures.isJpeg(encoded)) {
            header = JpegHeader.read(encoded);
        } else if (Signatures.isPng(encoded)) {
            header = PngStructure.readHeader(encoded);
        } else {
            throw Signatures.refusal(encoded);
        }
        long pixels = (long) header.storedWidth * header.storedHeight;
        if (pixels < 1) {
            throw new UndecodableImageException(
                    Reason.CORRUPT, "a frame of " + header.storedWidth + "x" + header.storedHeight + " pixels");
        }
        if (pixels > limits.pixels()) {
            throw new UndecodableImageException(
                    Reason.TOO_LARGE,
                    header.storedWidth + "x" + header.storedHeight + " pixels, more than the limit of "
                            + limits.pixels());
        }
        return header;
    }
}
