package dev.convoke.bench;

import dev.convoke.data.Example;
import dev.convoke.data.ImageLoader;
import dev.convoke.models.ImageShape;
import java.nio.FloatBuffer;

/** Loads the same noise for every example, in the time that a copy takes. */
public final class MadeUpImages implements ImageLoader {

    private final FloatBuffer image;

    /** Makes the noise once. */
    public MadeUpImages(ImageShape shape) {
        this.image = FloatBuffer.allocate(shape.valueCount());
        for (int i = 0; i < image.capacity(); i++) {
            image.put(i, pixel(i));
        }
    }

    /** Returns one value of an image: the same numbers for every contender. */
    public static float pixel(int index) {
        return (float) Math.sin(index * 0.7391);
    }

    @Override
    public void load(Example example, long key, FloatBuffer images, int offset) {
        images.put(offset, image, 0, image.capacity());
    }

    @Override
    public int valueCount() {
        return image.capacity();
    }
}
