package dev.convoke.data;

import java.io.ByteArrayOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * How pixels without any format lie in a file: planes of bytes, row by row, as CIFAR's and MNIST's files have them.
 *
 * @param channels 1 for grey, 3 for a plane each of red, green and blue
 * @param width in pixels
 * @param height in pixels
 */
public record RawPixels(int channels, int width, int height) implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    /** Checks that this is an image. */
    public RawPixels {
        if ((channels != 1 && channels != 3) || width < 1 || height < 1 || (long) width * height > 1 << 24) {
            throw new IllegalArgumentException("No image has " + channels + " channels of " + width + "x" + height);
        }
    }

    /** Returns how many bytes an image takes. */
    public int bytes() {
        return channels * width * height;
    }

    /**
     * Returns the image as a PNG, without loss.
     *
     * @param planes {@code [channels, height, width]}, read
     */
    public byte[] toPng(byte[] planes) {
        int plane = width * height;
        byte[] rows = new byte[height * (1 + channels * width)];
        int at = 0;
        for (int y = 0; y < height; y++) {
            rows[at++] = 0;
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < channels; channel++) {
                    rows[at++] = planes[channel * plane + y * width + x];
                }
            }
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.writeBytes(SIGNATURE);
        byte colour = (byte) (channels == 1 ? 0 : 2);
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
        chunk(png, "IHDR", header.put((byte) 8).put(colour).array());
        chunk(png, "IDAT", deflated(rows));
        chunk(png, "IEND", new byte[0]);
        return png.toByteArray();
    }

    private static byte[] deflated(byte[] rows) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        deflater.setInput(rows);
        deflater.finish();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[8192];
        while (!deflater.finished()) {
            all.write(some, 0, deflater.deflate(some));
        }
        deflater.end();
        return all.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream png, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        png.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        png.writeBytes(name);
        png.writeBytes(data);
        png.writeBytes(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
    }
}
