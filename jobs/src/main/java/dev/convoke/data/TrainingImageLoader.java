package dev.convoke.data;

import dev.convoke.engine.PixelImages;
import dev.convoke.engine.PixelImages.Edit;
import java.nio.FloatBuffer;

/** Loads images for training: varied by an {@link Augmentation} that is keyed and nothing else. */
public final class TrainingImageLoader implements ImageLoader {

    private static final long CROP = 1;
    private static final long FLIP = 2;
    private static final long ROTATION = 3;
    private static final long JITTER = 4;
    private static final long LIGHTING = 5;
    private static final long ERASING = 6;

    private final InputFrame frame;
    private final Augmentation augmentation;

    /**
     * Loads images of a size.
     *
     * @param width of the network's input in pixels
     * @param height of the network's input in pixels
     */
    public TrainingImageLoader(int width, int height, Augmentation augmentation, Normalisation normalisation) {
        this(new InputFrame(width, height, normalisation), augmentation);
    }

    /**
     * Loads images of a size, decoding each only once as long as a cache has room.
     *
     * @param width of the network's input in pixels
     * @param height of the network's input in pixels
     * @param cache may be shared by many loaders of one dataset
     */
    public TrainingImageLoader(
            int width, int height, Augmentation augmentation, Normalisation normalisation, DecodedCache cache) {
        this(new InputFrame(width, height, normalisation, cache), augmentation);
    }

    private TrainingImageLoader(InputFrame frame, Augmentation augmentation) {
        this.frame = frame;
        this.augmentation = augmentation;
    }

    @Override
    public void load(Example example, long key, FloatBuffer images, int offset) {
        images.put(offset, frame.values(pixels(example, key), edit(key)));
    }

    @Override
    public void load(Example example, long key, PixelImages images, int row) {
        images.put(row, pixels(example, key), edit(key));
    }

    @Override
    public float[][] byteValues() {
        return frame.byteValues();
    }

    /** Decodes an image, cut, scaled, turned and with its colours varied, {@code [height, width, 3]}. */
    private byte[] pixels(Example example, long key) {
        try {
            ImageHeader header = ImageHeader.read(example.encoded(), ImageLimits.DEFAULT);
            byte[] pixels = frame.cut(example, header, region(header, key));
            if (augmentation.rotation() > 0) {
                double degrees = augmentation.rotation() * (2 * Keys.uniform(Keys.mix(key, ROTATION)) - 1);
                pixels = Rotation.turned(pixels, frame.width(), frame.height(), degrees);
            }
            augmentation.jitter().apply(pixels, Keys.mix(key, JITTER));
            return pixels;
        } catch (UndecodableImageException e) {
            throw new UndecodableImageException(
                    e.reason(),
                    e.detail() + " (" + example.path() + "): shard the images again, which quarantines it",
                    e);
        }
    }

    /** Returns what is left to do, which a GPU can do as well. */
    private Edit edit(long key) {
        boolean mirrored = augmentation.flip() && Keys.uniform(Keys.mix(key, FLIP)) < 0.5;
        return new Edit(
                mirrored,
                frame.shift(Lighting.shift(augmentation.lighting(), Keys.mix(key, LIGHTING))),
                RandomErasing.of(frame.width(), frame.height(), augmentation.erasing(), Keys.mix(key, ERASING)));
    }

    private Region region(ImageHeader header, long key) {
        return augmentation.randomResizedCrop()
                ? Region.random(header.width(), header.height(), augmentation.smallestArea(), Keys.mix(key, CROP))
                : Region.centre(
                        header.width(),
                        header.height(),
                        frame.width(),
                        frame.height(),
                        EvaluationImageLoader.USUAL_FRACTION);
    }

    @Override
    public int valueCount() {
        return frame.valueCount();
    }
}
