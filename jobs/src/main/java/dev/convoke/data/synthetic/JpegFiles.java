package dev.convoke.data.synthetic;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Pictures as files, in the colour models that cameras and printers leave behind. */
final class JpegFiles {

    /** Where the frame follows the two bytes that open a JPEG. */
    private static final int AFTER_START = 2;

    /** The segment by which print software marks inverted CMYK. */
    private static final byte[] ADOBE = {
        (byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0,
    };

    private JpegFiles() {}

    /** Returns a picture as a JPEG; quality is in (0, 1]. */
    static byte[] encode(BufferedImage image, float quality) {
        return write(new IIOImage(image, null, null), quality);
    }

    /** Returns a picture as a PNG. */
    static byte[] png(BufferedImage image) {
        try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
            ImageIO.write(image, "png", bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("Writing a PNG to memory failed", e);
        }
    }

    /** Returns a black-and-white copy, one byte a pixel. */
    static BufferedImage gray(BufferedImage image) {
        BufferedImage gray = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = gray.createGraphics();
        graphics.drawImage(image, 0, 0, null);
        graphics.dispose();
        return gray;
    }

    /** Returns a picture as a JPEG in inverted CMYK, as print software writes it. */
    static byte[] cmyk(BufferedImage image, float quality) {
        int width = image.getWidth();
        int height = image.getHeight();
        WritableRaster raster = Raster.createInterleavedRaster(0, width, height, 4, null);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int pixel = image.getRGB(x, y);
                int red = pixel >> 16 & 0xFF;
                int green = pixel >> 8 & 0xFF;
                int blue = pixel & 0xFF;
                int key = Math.max(1, Math.max(red, Math.max(green, blue)));
                raster.setPixel(x, y, new int[] {255 * red / key, 255 * green / key, 255 * blue / key, key});
            }
        }
        byte[] plain = write(new IIOImage(raster, null, null), quality);
        byte[] marked = new byte[plain.length + ADOBE.length];
        System.arraycopy(plain, 0, marked, 0, AFTER_START);
        System.arraycopy(ADOBE, 0, marked, AFTER_START, ADOBE.length);
        System.arraycopy(plain, AFTER_START, marked, AFTER_START + ADOBE.length, plain.length - AFTER_START);
        return marked;
    }

    private static byte[] write(IIOImage image, float quality) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream output = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            settings.setCompressionQuality(quality);
            writer.setOutput(output);
            writer.write(null, image, settings);
            output.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("Writing a JPEG to memory failed", e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
