package dev.convoke.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.convoke.engine.PixelImages.Edit;
import dev.convoke.engine.PixelImages.Rectangle;
import dev.convoke.engine.PixelImages.Shift;
import dev.convoke.models.ImageShape;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A minibatch whose images are bytes. */
class MinibatchTest {

    private static final ImageShape SHAPE = new ImageShape(3, 2, 4);

    @Test
    void whatIsDoneToAnImageIsDoneInOrder() {
        Minibatch minibatch = Minibatch.ofPixels(SHAPE, 2, 2, tenths());
        byte[] image = new byte[SHAPE.valueCount()];
        for (int i = 0; i < image.length; i++) {
            image[i] = (byte) (i * 10);
        }

        pixels(minibatch).put(1, image, new Edit(true, new Shift(1, 0, -1), new Rectangle(1, 0, 1, 2)));

        float[] expected = new float[SHAPE.valueCount()];
        float[] added = {1, 0, -1};
        for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < 2; y++) {
                for (int x = 0; x < 4; x++) {
                    int pixel = image[(y * 4 + 3 - x) * 3 + channel] & 0xFF;
                    boolean erased = y == 1 && x < 2;
                    expected[(channel * 2 + y) * 4 + x] = erased ? 0 : tenths()[channel][pixel] + added[channel];
                }
            }
        }
        assertThat(rendered(minibatch, 1)).isEqualTo(expected);
    }

    @Test
    void aMixedImageIsItsShareAndTheRestOfItsPartnersAsTheyWere() {
        Minibatch minibatch = Minibatch.ofPixels(SHAPE, 2, 2, tenths());
        pixels(minibatch).put(0, filled(100), Edit.NONE);
        pixels(minibatch).put(1, filled(200), Edit.NONE);

        pixels(minibatch).mix(0, 1, 0.25f);
        pixels(minibatch).mix(1, 0, 0.25f);

        assertThat(rendered(minibatch, 0)).containsOnly(0.25f * 10f + (1 - 0.25f) * 20f);
        assertThat(rendered(minibatch, 1)).containsOnly(0.25f * 20f + (1 - 0.25f) * 10f);
        pixels(minibatch).put(0, filled(50), Edit.NONE);
        assertThat(rendered(minibatch, 0)).as("filled again").containsOnly(5f);
    }

    @Test
    void whoAsksForFloatsIsToldThatTheyAreBytes() {
        Minibatch minibatch = Minibatch.ofPixels(SHAPE, 2, 2, tenths());

        assertThatIllegalStateException()
                .isThrownBy(minibatch::images)
                .withMessageContaining("bytes")
                .withMessageContaining("GPU");
        assertThat(new Minibatch(SHAPE, 2, 2).pixels()).isEmpty();
    }

    @Test
    void onlyThreeColoursAreBytes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Minibatch.ofPixels(new ImageShape(1, 2, 4), 2, 2, tenths()))
                .withMessageContaining("1 channels");
    }

    @Test
    void onlyEnginesOnGpusTakeBytes() {
        for (String name : Engines.names()) {
            Engine engine = Engines.byName(name);
            assertThat(engine.takesPixels()).as(name).isEqualTo(engine.needsGpu());
        }
    }

    /** Byte values, each a tenth of itself. */
    private static float[][] tenths() {
        float[][] values = new float[3][256];
        for (float[] channel : values) {
            for (int i = 0; i < 256; i++) {
                channel[i] = i / 10f;
            }
        }
        return values;
    }

    private static byte[] filled(int value) {
        byte[] image = new byte[SHAPE.valueCount()];
        Arrays.fill(image, (byte) value);
        return image;
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
