package dev.convoke.bench.data;

import dev.convoke.data.ImageDecoder;
import dev.convoke.data.RgbImage;
import dev.convoke.data.synthetic.PhotographGenerator;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Generated photographs of ImageNet's usual size and weight: 500x375 pixels, a little grain, about 100 KB. */
public final class Photographs {

    static final int WIDTH = 500;
    static final int HEIGHT = 375;
    private static final int GRAIN = 9;
    private static final float QUALITY = 0.92f;

    private Photographs() {}

    /** Returns the encoded photographs; the same every time. */
    public static List<byte[]> make(int count) throws IOException {
        PhotographGenerator generator = new PhotographGenerator(7);
        List<byte[]> photographs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            RgbImage small = new ImageDecoder().decode(generator.photograph(i).encoded());
            photographs.add(encode(enlarged(small, new SplittableRandom(i))));
        }
        return photographs;
    }

    private static BufferedImage enlarged(RgbImage small, SplittableRandom grain) {
        BufferedImage from = new BufferedImage(small.width(), small.height(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < small.height(); y++) {
            for (int x = 0; x < small.width(); x++) {
                from.setRGB(x, y, small.value(x, y, 0) << 16 | small.value(x, y, 1) << 8 | small.value(x, y, 2));
            }
        }
        BufferedImage large = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = large.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(from, 0, 0, WIDTH, HEIGHT, null);
        graphics.dispose();
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                int rgb = large.getRGB(x, y);
                int noise = grain.nextInt(2 * GRAIN + 1) - GRAIN;
                int red = Math.max(0, Math.min(255, (rgb >> 16 & 0xFF) + noise));
                int green = Math.max(0, Math.min(255, (rgb >> 8 & 0xFF) + noise));
                int blue = Math.max(0, Math.min(255, (rgb & 0xFF) + noise));
                large.setRGB(x, y, red << 16 | green << 8 | blue);
            }
        }
        return large;
    }

    private static byte[] encode(BufferedImage image) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam settings = writer.getDefaultWriteParam();
        settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        settings.setCompressionQuality(QUALITY);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), settings);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
