package dev.convoke.evaluation.report;

import dev.convoke.data.ImageDecoder;
import dev.convoke.data.RgbImage;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;

/** Images of a dataset as part of a page; their bytes were verified when they were read. */
final class ImageData {

    /** What is at most this long goes into the page as it is. */
    private static final int SMALL_BYTES = 24 << 10;

    private static final int SIDE = 224;

    private ImageData() {}

    /**
     * Returns an image as a {@code data:} URI; a large one becomes a thumbnail.
     *
     * @throws dev.convoke.data.UndecodableImageException if it is no image
     */
    static String uri(byte[] encoded) {
        boolean jpeg = encoded.length > 2 && (encoded[0] & 0xFF) == 0xFF && (encoded[1] & 0xFF) == 0xD8;
        if (jpeg && encoded.length <= SMALL_BYTES) {
            return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(encoded);
        }
        return "data:image/jpeg;base64,"
                + Base64.getEncoder().encodeToString(thumbnail(new ImageDecoder().decodeVerified(encoded)));
    }

    /**
     * Returns the middle of an image as a square of so many pixels.
     *
     * @throws dev.convoke.data.UndecodableImageException if it is no image
     */
    static BufferedImage square(byte[] encoded, int side) {
        BufferedImage whole = image(new ImageDecoder().decodeVerified(encoded));
        int cut = Math.min(whole.getWidth(), whole.getHeight());
        int x = (whole.getWidth() - cut) / 2;
        int y = (whole.getHeight() - cut) / 2;
        return scaled(whole.getSubimage(x, y, cut, cut), side, side);
    }

    private static byte[] thumbnail(RgbImage image) {
        double scale = Math.min(1, SIDE / (double) Math.min(image.width(), image.height()));
        int width = Math.max(1, (int) Math.round(image.width() * scale));
        int height = Math.max(1, (int) Math.round(image.height() * scale));
        try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
            ImageIO.write(scaled(image(image), width, height), "jpeg", bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("Writing a JPEG to memory failed", e);
        }
    }

    private static BufferedImage image(RgbImage image) {
        BufferedImage whole = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
        // Straight into the picture's own array: by setRGB it takes many times as long.
        int[] into = ((DataBufferInt) whole.getRaster().getDataBuffer()).getData();
        byte[] pixels = image.pixels();
        for (int i = 0; i < into.length; i++) {
            into[i] = (pixels[3 * i] & 0xFF) << 16 | (pixels[3 * i + 1] & 0xFF) << 8 | (pixels[3 * i + 2] & 0xFF);
        }
        return whole;
    }

    private static BufferedImage scaled(BufferedImage whole, int width, int height) {
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(whole, 0, 0, width, height, null);
        graphics.dispose();
        return small;
    }
}
