package dev.convoke.data;

import dev.convoke.data.ImageHeader.Format;
import dev.convoke.data.UndecodableImageException.Reason;

/** Reads the marker segments of a JPEG before its first scan: dimensions, coding, orientation. */
final class JpegHeader {

    static final int START_OF_SCAN = 0xDA;
    static final int END_OF_IMAGE = 0xD9;
    static final int START_OF_IMAGE = 0xD8;
    private static final int APPLICATION_1 = 0xE1;
    private static final int MOST_BETWEEN_SEGMENTS = 1024;
    private static final int LARGEST_SIDE = 65_500;

    private JpegHeader() {}

    /** Reads up to the first scan. */
    static ImageHeader read(byte[] file) {
        int orientation = 1;
        int frame = -1;
        int at = 2;
        while (true) {
            at = nextMarker(file, at);
            int marker = markerAt(file, at);
            at = afterMarker(file, at);
            if (marker == END_OF_IMAGE) {
                throw new UndecodableImageException(Reason.CORRUPT, "a JPEG that ends before its first scan");
            }
            if (isAlone(marker)) {
                continue;
            }
            int length = segmentLength(file, at);
            if (isFrame(marker) && frame < 0) {
                frame = at;
                if (length < 8) {
                    throw new UndecodableImageException(Reason.CORRUPT, "a JPEG frame header of " + length + " bytes");
                }
            } else if (marker == APPLICATION_1 && orientation == 1 && isExif(file, at + 2, at + length)) {
                orientation = ExifOrientation.read(file, at + 8, at + length);
            } else if (marker == START_OF_SCAN) {
                break;
            }
            at += length;
        }
        if (frame < 0) {
            throw new UndecodableImageException(Reason.CORRUPT, "a JPEG scan without a frame header before it");
        }
        return frameHeader(file, frame, orientation);
    }

    private static ImageHeader frameHeader(byte[] file, int at, int orientation) {
        int height = word(file, at + 3);
        int width = word(file, at + 5);
        if (height == 0) {
            throw new UndecodableImageException(
                    Reason.UNSUPPORTED_FORMAT, "a JPEG that states its height only after the scan");
        }
        if (Math.max(width, height) > LARGEST_SIDE) {
            throw new UndecodableImageException(
                    Reason.TOO_LARGE,
                    "a JPEG of " + width + "x" + height + " pixels; its decoders take sides of at most "
                            + LARGEST_SIDE);
        }
        return new ImageHeader(
                Format.JPEG,
                width,
                height,
                file[at + 7] & 0xFF,
                false,
                file[at + 2] & 0xFF,
                orientation,
                coding(file, at));
    }

    private static String coding(byte[] file, int frame) {
        return switch (file[frame - 1] & 0xFF) {
            case 0xC0 -> "baseline";
            case 0xC1 -> "extended";
            case 0xC2 -> "progressive";
            case 0xC3 -> "lossless";
            case 0xC9 -> "arithmetic";
            case 0xCA -> "arithmetic progressive";
            default -> "hierarchical or unknown";
        };
    }

    /**
     * Returns where the next marker before the first scan stands. Some programs leave other bytes between segments;
     * whatever a wrong length skips instead is missed later, or was not needed.
     */
    static int nextMarker(byte[] file, int at) {
        int position = at;
        while (position + 1 < file.length && ((file[position] & 0xFF) != 0xFF || file[position + 1] == 0)) {
            position++;
            if (position - at > MOST_BETWEEN_SEGMENTS) {
                throw new UndecodableImageException(Reason.CORRUPT, "no JPEG marker at byte " + at);
            }
        }
        if (position + 1 >= file.length) {
            throw truncated(file, "between segments");
        }
        return position;
    }

    /** Returns the marker code at a position; fill bytes before it are skipped. */
    static int markerAt(byte[] file, int at) {
        int position = skipFill(file, at);
        return file[position] & 0xFF;
    }

    /** Returns the position after the marker that {@link #markerAt} gave. */
    static int afterMarker(byte[] file, int at) {
        return skipFill(file, at) + 1;
    }

    private static int skipFill(byte[] file, int at) {
        if (at >= file.length) {
            throw truncated(file, "between segments");
        }
        if ((file[at] & 0xFF) != 0xFF) {
            throw new UndecodableImageException(Reason.CORRUPT, "no JPEG marker at byte " + at);
        }
        int position = at;
        while (position < file.length && (file[position] & 0xFF) == 0xFF) {
            position++;
        }
        if (position == file.length) {
            throw truncated(file, "between segments");
        }
        return position;
    }

    /** Returns the stated length of the segment at a position, once it is known to be there whole. */
    static int segmentLength(byte[] file, int at) {
        if (at + 2 > file.length) {
            throw truncated(file, "within the header");
        }
        int length = word(file, at);
        if (length < 2) {
            throw new UndecodableImageException(Reason.CORRUPT, "a JPEG segment of length " + length);
        }
        if (at + length > file.length) {
            throw truncated(file, "within the header");
        }
        return length;
    }

    static int word(byte[] file, int at) {
        return (file[at] & 0xFF) << 8 | (file[at + 1] & 0xFF);
    }

    /** Whether a marker has no segment: restart markers, a second start of image, and TEM. */
    static boolean isAlone(int marker) {
        return (marker >= 0xD0 && marker <= 0xD8) || marker == 0x01;
    }

    /** Whether a marker starts a frame: C0 to CF without the three that are tables. */
    static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    private static boolean isExif(byte[] file, int start, int end) {
        return end - start >= 6
                && file[start] == 'E'
                && file[start + 1] == 'x'
                && file[start + 2] == 'i'
                && file[start + 3] == 'f'
                && file[start + 4] == 0;
    }

    private static UndecodableImageException truncated(byte[] file, String where) {
        return new UndecodableImageException(
                Reason.TRUNCATED, "the JPEG ends " + where + ", after " + file.length + " bytes");
    }
}
