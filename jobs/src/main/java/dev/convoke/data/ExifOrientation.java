package dev.convoke.data;

/**
 * Reads the orientation out of an EXIF block. Broken blocks are common and say nothing about the pixels: they are 1.
 */
final class ExifOrientation {

    private static final int UPRIGHT = 1;
    private static final int ORIENTATION = 0x0112;
    private static final int SHORT = 3;

    private ExifOrientation() {}

    /**
     * Returns the orientation of a TIFF structure.
     *
     * @param file read between {@code start} and {@code end}
     * @param start where the byte-order mark stands
     * @param end first byte after the structure
     */
    static int read(byte[] file, int start, int end) {
        if (end - start < 14) {
            return UPRIGHT;
        }
        boolean little = file[start] == 'I' && file[start + 1] == 'I';
        boolean big = file[start] == 'M' && file[start + 1] == 'M';
        if ((!little && !big) || number(file, start + 2, 2, little) != 42) {
            return UPRIGHT;
        }
        long directory = start + number(file, start + 4, 4, little);
        if (directory < start + 8 || directory + 2 > end) {
            return UPRIGHT;
        }
        int entries = (int) number(file, (int) directory, 2, little);
        for (int i = 0; i < entries; i++) {
            long entry = directory + 2 + 12L * i;
            if (entry + 12 > end) {
                return UPRIGHT;
            }
            int at = (int) entry;
            if (number(file, at, 2, little) == ORIENTATION) {
                boolean valid = number(file, at + 2, 2, little) == SHORT && number(file, at + 4, 4, little) == 1;
                long value = number(file, at + 8, 2, little);
                return valid && value >= 1 && value <= 8 ? (int) value : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    private static long number(byte[] file, int at, int length, boolean little) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = value << 8 | (file[little ? at + length - 1 - i : at + i] & 0xFF);
        }
        return value;
    }
}
