package dev.convoke.data;

import dev.convoke.engine.PixelImages;
import dev.convoke.engine.PixelImages.Edit;
import java.nio.FloatBuffer;

/** Loads images for evaluation and prediction: scaled, the centre cut out, the same every time. */
public final class EvaluationImageLoader implements ImageLoader {

    /** How much of the shorter side stays: 224 of 256. */
    public static final double USUAL_FRACTION = 0.875;

    private final InputFrame frame;
    private final double fraction;

    /** Loads images of a size, keeping {@link #USUAL_FRACTION} of the shorter side. */
    public EvaluationImageLoader(int width, int height, Normalisation normalisation) {
        this(width, height, normalisation, USUAL_FRACTION);
    }

    /**
     * Loads images of a size.
     *
     * @param width of the network's input in pixels
     * @param height of the network's input in pixels
     * @param fraction how much of the shorter side stays, above 0 and at most 1
     */
    public EvaluationImageLoader(int width, int height, Normalisation normalisation, double fraction) {
        if (!(fraction > 0 && fraction <= 1)) {
            throw new IllegalArgumentException("The kept fraction is above 0 and at most 1, not " + fraction);
        }
        this.frame = new InputFrame(width, height, normalisation);
        this.fraction = fraction;
    }

    @Override
    public void load(Example example, long key, FloatBuffer images, int offset) {
        images.put(offset, frame.values(pixels(example), Edit.NONE));
    }

    @Override
    public void load(Example example, long key, PixelImages images, int row) {
        images.put(row, pixels(example), Edit.NONE);
    }

    @Override
    public float[][] byteValues() {
        return frame.byteValues();
    }

    private byte[] pixels(Example example) {
        try {
            ImageHeader header = ImageHeader.read(example.encoded(), ImageLimits.DEFAULT);
            Region centre = Region.centre(header.width(), header.height(), frame.width(), frame.height(), fraction);
            return frame.cut(example, header, centre);
        } catch (UndecodableImageException e) {
            throw new UndecodableImageException(e.reason(), e.detail() + " (" + example.path() + ")", e);
        }
    }

    @Override
    public int valueCount() {
        return frame.valueCount();
    }
}
