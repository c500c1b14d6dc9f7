package dev.convoke.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.Minibatch;
import dev.convoke.engine.PixelImages;
import dev.convoke.models.ImageShape;
import java.nio.FloatBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Images as bytes stand for the same values, to the bit, as the images of float32 that CPUs get. */
class PixelsTest {

    private static final int WIDTH = 20;
    private static final int HEIGHT = 16;
    private static final ImageShape SHAPE = new ImageShape(3, HEIGHT, WIDTH);
    private static final Augmentation EVERYTHING = Augmentation.NONE
            .withRandomResizedCrop(0.2)
            .withFlip()
            .withRotation(10)
            .withJitter(new ColourJitter(0.4, 0.3, 0.5, 0.1))
            .withLighting(0.1)
            .withErasing(0.5);

    private final Example photograph = new Example("b.jpg", 0, TestImages.jpeg(60, 50, 4));

    @Test
    void everyAugmentationGivesTheSameBitsEitherWay() {
        ImageLoader loader = new TrainingImageLoader(WIDTH, HEIGHT, EVERYTHING, Normalisation.IMAGENET);
        Minibatch bytes = Minibatch.ofPixels(SHAPE, 2, 3, loader.byteValues());
        Set<Float> firstValues = new HashSet<>();
        for (long key = 0; key < 50; key++) {
            FloatBuffer expected = FloatBuffer.allocate(SHAPE.valueCount());
            loader.load(photograph, key, expected, 0);

            loader.load(photograph, key, pixels(bytes), 2);

            assertThat(rendered(bytes, 2)).isEqualTo(expected.array());
            firstValues.add(expected.get(0));
        }
        assertThat(firstValues).as("images that the keys vary").hasSizeGreaterThan(20);
    }

    @Test
    void evaluationGivesTheSameBitsEitherWay() {
        ImageLoader loader = new EvaluationImageLoader(WIDTH, HEIGHT, Normalisation.IMAGENET);
        Minibatch bytes = Minibatch.ofPixels(SHAPE, 2, 1, loader.byteValues());
        FloatBuffer expected = FloatBuffer.allocate(SHAPE.valueCount());
        loader.load(photograph, 0, expected, 0);

        loader.load(photograph, 0, pixels(bytes), 0);

        assertThat(rendered(bytes, 0)).isEqualTo(expected.array());
    }

    @Test
    void aLoaderThatKnowsNoPixelsSaysSo() {
        ImageLoader floats = new ImageLoader() {
            @Override
            public void load(Example example, long key, FloatBuffer images, int offset) {}

            @Override
            public int valueCount() {
                return 0;
            }
        };
        Minibatch bytes = Minibatch.ofPixels(SHAPE, 2, 1, new float[3][256]);

        assertThatThrownBy(floats::byteValues)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("float32");
        assertThatThrownBy(() -> floats.load(photograph, 0, pixels(bytes), 0))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("float32");
    }

    private static PixelImages pixels(Minibatch minibatch) {
        return minibatch.pixels().orElseThrow();
    }

    private static float[] rendered(Minibatch minibatch, int row) {
        FloatBuffer images = FloatBuffer.allocate(SHAPE.valueCount());
        pixels(minibatch).render(row, images, 0);
        return images.array();
    }
}
