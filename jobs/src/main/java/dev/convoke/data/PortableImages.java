package dev.convoke.data;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import dev.convoke.data.UndecodableImageException.Reason;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes in Java what the native decoder refuses: lossless JPEGs, odd colour spaces, odd segments. Slow, and therefore
 * asked second.
 */
final class PortableImages {

    /** Registered by hand: a search of the class path misses it where executors load jars in their own way. */
    private static final ImageReaderSpi READERS = register();

    private PortableImages() {}

    private static ImageReaderSpi register() {
        JPEGImageReaderSpi readers = new JPEGImageReaderSpi();
        IIORegistry.getDefaultInstance().registerServiceProvider(readers, ImageReaderSpi.class);
        return readers;
    }

    /**
     * Decodes a JPEG as it is stored, not yet upright.
     *
     * @param encoded checked, code word by code word
     * @throws UndecodableImageException if this decoder refuses it too
     */
    static RgbImage decode(byte[] encoded, ImageHeader header) {
        ImageReader reader = null;
        try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded))) {
            reader = READERS.createReaderInstance();
            reader.setInput(in, true, true);
            return rgb(reader.read(0));
        } catch (IOException | RuntimeException e) { // it throws what its parser runs into
            throw new UndecodableImageException(
                    Reason.UNSUPPORTED_FORMAT,
                    "both decoders refuse this " + header.bits() + "-bit " + header.coding() + " JPEG of "
                            + header.channels() + " channels; convert it first",
                    e);
        } finally {
            if (reader != null) {
                reader.dispose();
            }
        }
    }

    private static RgbImage rgb(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] pixels = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        boolean grey = image.getRaster().getNumBands() == 1;
        Raster raster = image.getRaster();
        int depth = raster.getSampleModel().getSampleSize(0);
        int[] row = new int[width];
        for (int y = 0, at = 0; y < height; y++) {
            if (grey) {
                // Not through colour management: it would take grey for linear light and brighten it.
                raster.getSamples(0, y, width, 1, 0, row);
            } else {
                image.getRGB(0, y, width, 1, row, 0, width);
            }
            for (int x = 0; x < width; x++, at += 3) {
                int value = grey ? (row[x] >>> Math.max(0, depth - 8)) * 0x010101 : row[x];
                pixels[at] = (byte) (value >> 16);
                pixels[at + 1] = (byte) (value >> 8);
                pixels[at + 2] = (byte) value;
            }
        }
        return new RgbImage(width, height, pixels);
    }
}
