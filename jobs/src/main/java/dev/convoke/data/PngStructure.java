package dev.convoke.data;

import dev.convoke.data.ImageHeader.Format;
import dev.convoke.data.UndecodableImageException.Reason;
import java.util.zip.CRC32;

/** Walks the chunks of a PNG: its header, its orientation, and whether every chunk is whole up to the end. */
final class PngStructure {

    private static final int SIGNATURE_BYTES = 8;
    private static final int PALETTE = 3;
    private static final int HEADER = 0x49484452; // IHDR
    private static final int PIXELS = 0x49444154; // IDAT
    private static final int END = 0x49454E44; // IEND
    private static final int EXIF = 0x65584966; // eXIf

    private PngStructure() {}

    /** Reads the header chunk, and the orientation if it stands before the pixels. */
    static ImageHeader readHeader(byte[] file) {
        int data = SIGNATURE_BYTES + 8;
        requireChunk(file, SIGNATURE_BYTES);
        if (type(file, SIGNATURE_BYTES) != HEADER || length(file, SIGNATURE_BYTES) != 13) {
            throw new UndecodableImageException(Reason.CORRUPT, "a PNG that does not begin with its header");
        }
        int width = integer(file, data);
        int height = integer(file, data + 4);
        if (width < 1 || height < 1) {
            throw new UndecodableImageException(Reason.CORRUPT, "a PNG of negative or no size");
        }
        int colourType = file[data + 9] & 0xFF;
        int channels = channels(colourType);
        String coding = file[data + 12] == 0 ? "plain" : "interlaced";
        return new ImageHeader(
                Format.PNG,
                width,
                height,
                channels,
                colourType == PALETTE,
                file[data + 8] & 0xFF,
                orientation(file),
                coding);
    }

    private static int channels(int colourType) {
        return switch (colourType) {
            case 0, PALETTE -> 1;
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> throw new UndecodableImageException(Reason.CORRUPT, "a PNG of colour type " + colourType);
        };
    }

    private static int orientation(byte[] file) {
        long at = SIGNATURE_BYTES;
        while (at + 12 <= file.length && type(file, (int) at) != PIXELS) {
            long length = length(file, (int) at);
            if (type(file, (int) at) == EXIF && at + 12 + length <= file.length) {
                return ExifOrientation.read(file, (int) at + 8, (int) (at + 8 + length));
            }
            at += 12 + length;
        }
        return 1;
    }

    /**
     * Checks every chunk up to the end chunk against its checksum, and that all pixels are in them.
     *
     * @throws UndecodableImageException if the end or pixels are missing, or a checksum does not hold
     */
    static void requireWhole(byte[] file, ImageHeader header) {
        try (PngPixels pixels = new PngPixels(header)) {
            long at = SIGNATURE_BYTES;
            while (true) {
                requireChunk(file, at);
                int start = (int) at;
                int length = (int) length(file, start);
                CRC32 checksum = new CRC32();
                checksum.update(file, start + 4, length + 4);
                if ((int) checksum.getValue() != integer(file, start + 8 + length)) {
                    throw new UndecodableImageException(
                            Reason.CORRUPT, "the checksum of the PNG chunk at byte " + at + " does not hold");
                }
                if (type(file, start) == PIXELS) {
                    pixels.take(file, start + 8, length);
                } else if (type(file, start) == END) {
                    pixels.requireAll();
                    return;
                }
                at += 12L + length;
            }
        }
    }

    private static void requireChunk(byte[] file, long at) {
        if (at + 12 > file.length || at + 12 + length(file, (int) at) > file.length) {
            throw new UndecodableImageException(
                    Reason.TRUNCATED, "the PNG ends within a chunk, after " + file.length + " bytes");
        }
    }

    private static long length(byte[] file, int at) {
        return integer(file, at) & 0xFFFF_FFFFL;
    }

    private static int type(byte[] file, int at) {
        return integer(file, at + 4);
    }

    private static int integer(byte[] file, int at) {
        return file[at] << 24 | (file[at + 1] & 0xFF) << 16 | (file[at + 2] & 0xFF) << 8 | (file[at + 3] & 0xFF);
    }
}
