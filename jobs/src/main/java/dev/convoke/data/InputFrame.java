package dev.convoke.data;

import org.bytedeco.opencv.opencv_core.Mat;
import org.jspecify.annotations.Nullable;

/**
 * The last steps every loader shares: decode no finer than needed, cut, scale, normalise, store. Immutable but for the
 * scratch memory each thread keeps.
 */
final class InputFrame {

    private final int width;
    private final int height;
    private final float[][] table;
    private final float[] perUnit;
    private final @Nullable DecodedCache cache;
    private final ThreadLocal<float[]> scratch;

    InputFrame(int width, int height, Normalisation normalisation) {
        this(width, height, normalisation, null);
    }

    InputFrame(int width, int height, Normalisation normalisation, @Nullable DecodedCache cache) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("A network's input of " + width + "x" + height + " pixels");
        }
        this.width = width;
        this.height = height;
        this.table = normalisation.table();
        this.cache = cache;
        this.perUnit = new float[3];
        for (int channel = 0; channel < 3; channel++) {
            perUnit[channel] = (float) (1 / normalisation.deviation().get(channel));
        }
        int values = valueCount();
        this.scratch = ThreadLocal.withInitial(() -> new float[values]);
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    int valueCount() {
        return Math.multiplyExact(3, Math.multiplyExact(width, height));
    }

    /** Decodes and scales a region, {@code [height, width, 3]}. */
    byte[] cut(Example example, ImageHeader header, Region region) {
        byte[] encoded = example.encoded();
        if (cache != null) {
            // Whole and at full size, cached or not: what comes out must not depend on what is in the cache.
            return NativeImages.scale(cache.pixels(example, header), region, width, height);
        }
        int reduction = reduction(header, region);
        try (Mat image = NativeImages.decode(encoded, header, reduction)) {
            Region part = reduction == 1 ? region : region.reduced(reduction, image.cols(), image.rows());
            return NativeImages.scale(image, part, width, height);
        }
    }

    /** The JPEG decoder can leave out what scaling would average away, as long as it keeps as much as is needed. */
    private int reduction(ImageHeader header, Region region) {
        if (header.format() != ImageHeader.Format.JPEG || header.coding().equals("lossless")) {
            return 1;
        }
        int reduction = 8;
        while (reduction > 1 && (region.width() / reduction < width || region.height() / reduction < height)) {
            reduction /= 2;
        }
        return reduction;
    }

    /** Normalises pixels, mirrored or not; the result is the calling thread's until its next call. */
    float[] values(byte[] pixels, Direction direction) {
        float[] values = scratch.get();
        int plane = width * height;
        float[] red = table[0];
        float[] green = table[1];
        float[] blue = table[2];
        boolean mirrored = direction == Direction.MIRRORED;
        int at = 0;
        for (int y = 0; y < height; y++) {
            int to = mirrored ? y * width + width - 1 : y * width;
            int step = mirrored ? -1 : 1;
            for (int x = 0; x < width; x++) {
                values[to] = red[pixels[at] & 0xFF];
                values[plane + to] = green[pixels[at + 1] & 0xFF];
                values[2 * plane + to] = blue[pixels[at + 2] & 0xFF];
                at += 3;
                to += step;
            }
        }
        return values;
    }

    /** Adds to each channel, on the scale of 0 to 1 before normalisation. */
    void light(float[] values, double[] shift) {
        int plane = width * height;
        for (int channel = 0; channel < 3; channel++) {
            float added = (float) shift[channel] * perUnit[channel];
            if (added != 0) {
                for (int i = channel * plane; i < (channel + 1) * plane; i++) {
                    values[i] += added;
                }
            }
        }
    }

    /** Which way round an image is stored. */
    enum Direction {
        AS_IT_IS,
        MIRRORED
    }
}
