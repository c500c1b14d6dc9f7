package dev.convoke.engine;

import dev.convoke.models.ImageShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The images of a minibatch as bytes, and what a GPU does to each on reading it: a quarter of what goes over the link,
 * and the same values to the bit as if the CPU had done it, see {@link #render}.
 *
 * <p>Rows may be filled by different threads. Native memory, for a GPU to copy by itself: the pixels, and the recipe,
 * which is the values of the bytes followed by one entry a row.
 */
public final class PixelImages {

    /** Colours of a pixel: red, green, blue. */
    public static final int CHANNELS = 3;

    /** What a byte can be. */
    public static final int BYTE_VALUES = 256;

    /** Bytes of the recipe before the first entry. */
    public static final int VALUE_BYTES = CHANNELS * BYTE_VALUES * Float.BYTES;

    /** Bytes of an entry: three added floats, mirrored, four sides of what is erased, partner, share. */
    public static final int ENTRY_BYTES = 10 * Float.BYTES;

    private static final int MIRRORED = 12;
    private static final int ERASED = 16;
    private static final int PARTNER = 32;
    private static final int SHARE = 36;

    private final ImageShape shape;
    private final ByteBuffer pixels;
    private final ByteBuffer recipe;

    /**
     * What is done to one image, in this order.
     *
     * @param mirrored whether left and right are exchanged
     * @param added to each value of red, green and blue
     * @param erased what becomes 0
     */
    public record Edit(boolean mirrored, Shift added, Rectangle erased) {

        /** Changes nothing. */
        public static final Edit NONE = new Edit(false, Shift.NONE, Rectangle.NONE);
    }

    /** What is added to the values of red, green and blue. */
    public record Shift(float red, float green, float blue) {

        /** Adds nothing. */
        public static final Shift NONE = new Shift(0, 0, 0);
    }

    /**
     * A part of an image.
     *
     * @param top rows before it
     * @param left columns before it
     * @param height rows of it
     * @param width columns of it
     */
    public record Rectangle(int top, int left, int height, int width) {

        /** Nothing. */
        public static final Rectangle NONE = new Rectangle(0, 0, 0, 0);
    }

    /**
     * Makes room for images.
     *
     * @param shape of an image; three channels
     * @param capacity how many
     * @param values {@code [3][256]}: what each byte stands for, of red, green and blue; copied
     */
    PixelImages(ImageShape shape, int capacity, float[][] values) {
        if (shape.channels() != CHANNELS || values.length != CHANNELS) {
            throw new IllegalArgumentException(
                    "Pixels have red, green and blue, not the " + shape.channels() + " channels of " + shape);
        }
        this.shape = shape;
        this.pixels = ByteBuffer.allocateDirect(Math.multiplyExact(capacity, shape.valueCount()));
        this.recipe = ByteBuffer.allocateDirect(recipeBytes(capacity)).order(ByteOrder.nativeOrder());
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int value = 0; value < BYTE_VALUES; value++) {
                recipe.putFloat((channel * BYTE_VALUES + value) * Float.BYTES, values[channel][value]);
            }
        }
    }

    /** Returns the pixels of all rows, {@code [capacity, height, width, 3]}; index it absolutely. */
    public ByteBuffer pixels() {
        return pixels;
    }

    /** Returns the values of the bytes, {@code [3][256]} float32, and the entries of all rows; index it absolutely. */
    public ByteBuffer recipe() {
        return recipe;
    }

    /**
     * Fills a row.
     *
     * @param image {@code [height, width, 3]}, copied
     */
    public void put(int row, byte[] image, Edit edit) {
        pixels.put(row * shape.valueCount(), image);
        int at = entry(row);
        recipe.putFloat(at, edit.added().red());
        recipe.putFloat(at + Float.BYTES, edit.added().green());
        recipe.putFloat(at + 2 * Float.BYTES, edit.added().blue());
        recipe.putInt(at + MIRRORED, edit.mirrored() ? 1 : 0);
        Rectangle erased = edit.erased();
        recipe.putInt(at + ERASED, erased.top());
        recipe.putInt(at + ERASED + Integer.BYTES, erased.left());
        recipe.putInt(at + ERASED + 2 * Integer.BYTES, erased.height());
        recipe.putInt(at + ERASED + 3 * Integer.BYTES, erased.width());
        mix(row, row, 1);
    }

    /** Makes a row {@code share} of itself and the rest of its partner, as both are without being mixed. */
    public void mix(int row, int partner, float share) {
        recipe.putInt(entry(row) + PARTNER, partner);
        recipe.putFloat(entry(row) + SHARE, share);
    }

    /**
     * Writes a row's values as a GPU sees them.
     *
     * @param images receives {@code [3, height, width]} from {@code offset} on
     */
    public void render(int row, FloatBuffer images, int offset) {
        float[] values = plain(row);
        int partner = recipe.getInt(entry(row) + PARTNER);
        float share = recipe.getFloat(entry(row) + SHARE);
        if (partner != row) {
            float[] others = plain(partner);
            for (int i = 0; i < values.length; i++) {
                values[i] = share * values[i] + (1 - share) * others[i];
            }
        }
        images.put(offset, values);
    }

    /** Returns a row's values before it is mixed. */
    private float[] plain(int row) {
        float[] values = new float[shape.valueCount()];
        int at = entry(row);
        boolean mirrored = recipe.getInt(at + MIRRORED) != 0;
        int top = recipe.getInt(at + ERASED);
        int left = recipe.getInt(at + ERASED + Integer.BYTES);
        int bottom = top + recipe.getInt(at + ERASED + 2 * Integer.BYTES);
        int right = left + recipe.getInt(at + ERASED + 3 * Integer.BYTES);
        int width = shape.width();
        for (int channel = 0; channel < CHANNELS; channel++) {
            float added = recipe.getFloat(at + channel * Float.BYTES);
            for (int y = 0; y < shape.height(); y++) {
                for (int x = 0; x < width; x++) {
                    boolean erased = y >= top && y < bottom && x >= left && x < right;
                    int from = mirrored ? width - 1 - x : x;
                    int pixel = pixels.get(row * shape.valueCount() + (y * width + from) * CHANNELS + channel) & 0xFF;
                    float value = recipe.getFloat((channel * BYTE_VALUES + pixel) * Float.BYTES) + added;
                    values[(channel * shape.height() + y) * width + x] = erased ? 0 : value;
                }
            }
        }
        return values;
    }

    /** Returns the bytes of the recipe of so many rows. */
    public static int recipeBytes(int rows) {
        return Math.addExact(VALUE_BYTES, Math.multiplyExact(rows, ENTRY_BYTES));
    }

    private static int entry(int row) {
        return recipeBytes(row);
    }
}
