package dev.convoke.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.plan.GraphReader;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Plan;
import dev.convoke.engine.plan.Window;
import dev.convoke.models.ImageShape;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a network's images and its first kernel stand on the GPU, computed here as its kernels do. */
class InputLayoutTest {

    private static final int VECTOR = 8;

    @ParameterizedTest
    @CsvSource({"alexnet, 99, 4", "inception-v1, 64, 2", "resnet34, 33, 2"})
    void aStridedFirstConvolutionOfBlocksIsTheSameWithoutStride(String network, int pixels, int stride) {
        Plan plan = plan(network, pixels);
        InputLayout layout = InputLayout.of(plan, VECTOR);
        Node node = plan.nodes().get(1);
        Convolution convolution = (Convolution) node.operation();
        double[] image = noise(plan.input().valueCount());
        double[] kernel = noise(3
                * convolution.window().rows().kernel()
                * convolution.window().columns().kernel());

        assertThat(layout.block()).isEqualTo(stride);
        assertThat(layout.pitch()).isEqualTo((3 * stride * stride + VECTOR - 1) / VECTOR * VECTOR);
        assertThat(blocked(plan.input(), layout, convolution.window(), node.shape(), image, kernel))
                .containsExactly(
                        direct(plan.input(), convolution.window(), node.shape(), image, kernel),
                        org.assertj.core.data.Offset.offset(1e-9));
    }

    @Test
    void withoutAStrideChannelsAreFilledUpAndWithOtherReadersNothingIs() {
        InputLayout vgg = InputLayout.of(plan("vgg16", 32), VECTOR);
        InputLayout resnet = InputLayout.of(plan("resnet", 32), VECTOR);

        assertThat(vgg).isEqualTo(new InputLayout(1, 0, 0, ImageShape.rgb(32), VECTOR));
        assertThat(resnet).isEqualTo(new InputLayout(1, 0, 0, ImageShape.rgb(32), 3));
    }

    private static Plan plan(String network, int pixels) {
        NetworkSpec spec = new NetworkSpec(network, ImageShape.rgb(pixels), 4, null);
        return GraphReader.read(ModelCatalog.configure(spec, new OptimizerSpec(0.9, 0, 0), 1))
                .plan(ImageShape.rgb(pixels));
    }

    private static double[] noise(int count) {
        return new Random(3).doubles(count, -1, 1).toArray();
    }

    /** One filter over one image, as the definition has it. */
    private static double[] direct(
            ImageShape image, Window window, ImageShape result, double[] values, double[] kernel) {
        int high = window.rows().kernel();
        int wide = window.columns().kernel();
        double[] sums = new double[result.height() * result.width()];
        for (int at = 0; at < sums.length; at++) {
            int top =
                    at / result.width() * window.rows().stride() - window.rows().before(image.height());
            int left = at % result.width() * window.columns().stride()
                    - window.columns().before(image.width());
            for (int k = 0; k < kernel.length; k++) {
                int channel = k / (high * wide);
                sums[at] += kernel[k] * pixel(image, values, channel, top + k / wide % high, left + k % wide);
            }
        }
        return sums;
    }

    /** The same from blocks: the image is read as read_images does, the kernel stands as reorder leaves it. */
    private static double[] blocked(
            ImageShape image, InputLayout layout, Window window, ImageShape result, double[] values, double[] kernel) {
        int high = InputLayout.blocked(window.rows().kernel(), layout.block());
        int wide = InputLayout.blocked(window.columns().kernel(), layout.block());
        Weights.Slot slot = new Weights.Slot(
                0,
                1,
                image.channels(),
                window.rows().kernel(),
                window.columns().kernel(),
                layout.block(),
                layout.pitch());
        double[] own = new double[slot.length()];
        for (int k = 0; k < kernel.length; k++) {
            int column = k % slot.columns();
            int row = k / slot.columns() % slot.rows();
            int channel = k / (slot.columns() * slot.rows());
            int part = row % slot.block() * slot.block() + column % slot.block();
            int place = row / slot.block() * wide + column / slot.block();
            own[place * slot.pitch() + part * slot.channels() + channel] = kernel[k];
        }
        double[] sums = new double[result.height() * result.width()];
        for (int at = 0; at < sums.length; at++) {
            for (int i = 0; i < own.length; i++) {
                int place = i / layout.pitch();
                int blockRow = at / result.width() + place / wide;
                int blockColumn = at % result.width() + place % wide;
                assertThat(blockRow).isLessThan(layout.shape().height());
                assertThat(blockColumn).isLessThan(layout.shape().width());
                int part = i % layout.pitch() / image.channels();
                int channel = i % layout.pitch() - part * image.channels();
                int y = blockRow * layout.block() + part / layout.block() - layout.top();
                int x = blockColumn * layout.block() + part % layout.block() - layout.left();
                boolean filled = part < layout.block() * layout.block();
                sums[at] += own[i] * (filled ? pixel(image, values, channel, y, x) : 0);
            }
        }
        assertThat(high * wide * layout.pitch()).isEqualTo(own.length);
        return sums;
    }

    private static double pixel(ImageShape image, double[] values, int channel, int y, int x) {
        boolean inside = y >= 0 && y < image.height() && x >= 0 && x < image.width();
        return inside ? values[(channel * image.height() + y) * image.width() + x] : 0;
    }
}
