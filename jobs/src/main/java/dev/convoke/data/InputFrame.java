package dev.convoke.data;

import dev.convoke.engine.PixelImages.Edit;
import dev.convoke.engine.PixelImages.Shift;
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

    /** Returns what each byte of red, green and blue becomes, {@code [3][256]}. */
    float[][] byteValues() {
        return new float[][] {table[0].clone(), table[1].clone(), table[2].clone()};
    }

    /**
     * Normalises pixels and does to them what is left to do; the result is the calling thread's until its next call.
     * What a GPU makes of the same is the same to the bit, see {@link dev.convoke.engine.PixelImages}.
     */
    float[] values(byte[] pixels, Edit edit) {
        float[] values = normalised(pixels, edit.mirrored());
        int plane = width * height;
        add(values, 0, plane, edit.added().red());
        add(values, plane, plane, edit.added().green());
        add(values, 2 * plane, plane, edit.added().blue());
        RandomErasing.apply(values, width, height, edit.erased());
        return values;
    }

    private float[] normalised(byte[] pixels, boolean mirrored) {
        float[] values = scratch.get();
        int plane = width * height;
        float[] red = table[0];
        float[] green = table[1];
        float[] blue = table[2];
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

    private static void add(float[] values, int from, int count, float added) {
        if (added != 0) {
            for (int i = from; i < from + count; i++) {
                values[i] += added;
            }
        }
    }

    /** Returns what is added to normalised values for a shift of colours on the scale of 0 to 1. */
    Shift shift(double[] colours) {
        return new Shift(
                (float) colours[0] * perUnit[0], (float) colours[1] * perUnit[1], (float) colours[2] * perUnit[2]);
    }
}
