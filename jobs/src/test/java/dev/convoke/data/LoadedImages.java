package dev.convoke.data;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** What loaders make of examples, for comparing. */
final class LoadedImages {

    private LoadedImages() {}

    /** Returns the values of an image, {@code [channels, height, width]}. */
    static float[] load(ImageLoader loader, Example example, long key) {
        float[] values = new float[loader.valueCount()];
        loader.load(example, key, FloatBuffer.wrap(values), 0);
        return values;
    }

    /** Returns values as a list, which can be compared and looked through. */
    static List<Float> boxed(float[] values) {
        List<Float> list = new ArrayList<>();
        for (float value : values) {
            list.add(value);
        }
        return list;
    }
}
