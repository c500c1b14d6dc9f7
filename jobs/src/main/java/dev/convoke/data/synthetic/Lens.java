package dev.convoke.data.synthetic;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;

/** What a camera does to a picture: softness, exposure, white balance, vignette and grain. Works in place. */
final class Lens {

    private Lens() {}

    /** Blurs with a box of {@code 2 * radius + 1} pixels, once along rows and once along columns. */
    static void defocus(BufferedImage image, int radius) {
        int width = image.getWidth();
        int height = image.getHeight();
        int[] pixels = pixels(image);
        int[] line = new int[Math.max(width, height)];
        for (int y = 0; y < height; y++) {
            blurLine(pixels, y * width, 1, width, radius, line);
        }
        for (int x = 0; x < width; x++) {
            blurLine(pixels, x, width, height, radius, line);
        }
    }

    private static void blurLine(int[] pixels, int start, int stride, int length, int radius, int[] line) {
        for (int i = 0; i < length; i++) {
            int red = 0;
            int green = 0;
            int blue = 0;
            for (int j = i - radius; j <= i + radius; j++) {
                int pixel = pixels[start + stride * Math.max(0, Math.min(length - 1, j))];
                red += pixel >> 16 & 0xFF;
                green += pixel >> 8 & 0xFF;
                blue += pixel & 0xFF;
            }
            int size = 2 * radius + 1;
            line[i] = packed(red / size, green / size, blue / size);
        }
        for (int i = 0; i < length; i++) {
            pixels[start + stride * i] = line[i];
        }
    }

    /** Exposes the picture as a hand-held camera would. */
    static void expose(BufferedImage image, Chance chance) {
        double exposure = chance.between(0.78, 1.2);
        double[] balance = {
            exposure * chance.between(0.9, 1.1), exposure, exposure * chance.between(0.88, 1.12),
        };
        double contrast = chance.between(0.85, 1.15);
        double vignette = chance.between(0, 0.4);
        float grain = (float) chance.between(1, 8);
        int width = image.getWidth();
        int height = image.getHeight();
        int[] pixels = pixels(image);
        for (int y = 0; y < height; y++) {
            double dy = 2.0 * y / height - 1;
            for (int x = 0; x < width; x++) {
                double dx = 2.0 * x / width - 1;
                double light = contrast * (1 - vignette * 0.5 * (dx * dx + dy * dy));
                int pixel = pixels[y * width + x];
                int red = channel(pixel >> 16 & 0xFF, balance[0], light, contrast, grain * chance.grain());
                int green = channel(pixel >> 8 & 0xFF, balance[1], light, contrast, grain * chance.grain());
                int blue = channel(pixel & 0xFF, balance[2], light, contrast, grain * chance.grain());
                pixels[y * width + x] = packed(red, green, blue);
            }
        }
    }

    private static int channel(int value, double gain, double light, double contrast, float noise) {
        double exposed = value * gain * light + 118 * (1 - contrast) + noise;
        return (int) Math.max(0, Math.min(255, exposed));
    }

    private static int packed(int red, int green, int blue) {
        return (red << 16) | (green << 8) | blue;
    }

    private static int[] pixels(BufferedImage image) {
        return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    }
}
