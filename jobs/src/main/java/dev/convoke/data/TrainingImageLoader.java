package dev.convoke.data;

import dev.convoke.data.InputFrame.Direction;
import java.nio.FloatBuffer;

/** Loads images for training: varied by an {@link Augmentation} that is keyed and nothing else. */
public final class TrainingImageLoader implements ImageLoader {

    private static final long CROP = 1;
    private static final long FLIP = 2;

    private final InputFrame frame;
    private final Augmentation augmentation;

    /**
     * Loads images of a size.
     *
     * @param width of the network's input in pixels
     * @param height of the network's input in pixels
     */
    public TrainingImageLoader(int width, int height, Augmentation augmentation, Normalisation normalisation) {
        this.frame = new InputFrame(width, height, normalisation);
        this.augmentation = augmentation;
    }

    @Override
    public void load(Example example, long key, FloatBuffer images, int offset) {
        byte[] encoded = example.encoded();
        try {
            ImageHeader header = ImageHeader.read(encoded, ImageLimits.DEFAULT);
            boolean mirrored = augmentation.flip() && Keys.uniform(Keys.mix(key, FLIP)) < 0.5;
            frame.store(
                    frame.cut(encoded, header, region(header, key)),
                    mirrored ? Direction.MIRRORED : Direction.AS_IT_IS,
                    images,
                    offset);
        } catch (UndecodableImageException e) {
            throw new UndecodableImageException(e.reason(), e.detail() + " (" + example.path() + ")", e);
        }
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
