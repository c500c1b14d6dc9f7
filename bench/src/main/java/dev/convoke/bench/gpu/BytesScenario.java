package dev.convoke.bench.gpu;

import dev.convoke.engine.Minibatch;
import dev.convoke.engine.PixelImages;
import dev.convoke.engine.PixelImages.Edit;
import dev.convoke.engine.PixelImages.Rectangle;
import dev.convoke.engine.PixelImages.Shift;
import dev.convoke.engine.Replica;
import dev.convoke.models.ImageShape;
import java.nio.FloatBuffer;

/** A step on images of bytes, with everything done to them that a GPU can do. */
final class BytesScenario {

    private static final String WHAT = "bytes of ";

    private final Scenario scenario;

    BytesScenario(Scenario scenario) {
        this.scenario = scenario;
    }

    /** Returns whether there are bytes for such images. */
    boolean isPossible() {
        return scenario.image().channels() == PixelImages.CHANNELS;
    }

    /** Returns whether a step on bytes ends in the same bits as one on the values they stand for. */
    boolean sameBits(Replica replica) {
        Minibatch bytes = bytes();
        return digest(replica, bytes) == digest(replica, rendered(bytes));
    }

    private long digest(Replica replica, Minibatch minibatch) {
        float[] state = scenario.initialState();
        replica.writeState(0, FloatBuffer.wrap(state));
        replica.train(minibatch, scenario.step(0));
        replica.readState(0, FloatBuffer.wrap(state));
        return StateFigures.digest(state);
    }

    /** Returns a minibatch of noise, every other image mirrored, all shifted, erased in a part and mixed. */
    Minibatch bytes() {
        ImageShape image = scenario.image();
        Generator generator = new Generator(WHAT + scenario.name(), 0);
        float[][] values = new float[PixelImages.CHANNELS][PixelImages.BYTE_VALUES];
        for (float[] channel : values) {
            for (int value = 0; value < channel.length; value++) {
                channel[value] = generator.signed();
            }
        }
        int size = scenario.batch();
        Minibatch minibatch = Minibatch.ofPixels(image, scenario.graph().classes(), size, values);
        PixelImages pixels = minibatch.pixels().orElseThrow();
        for (int row = 0; row < size; row++) {
            byte[] noise = new byte[image.valueCount()];
            for (int i = 0; i < noise.length; i++) {
                noise[i] = (byte) generator.next();
            }
            int height = 1 + generator.below(image.height() / 2);
            int width = 1 + generator.below(image.width() / 2);
            Rectangle erased = new Rectangle(
                    generator.below(image.height() - height), generator.below(image.width() - width), height, width);
            Shift shift = new Shift(generator.signed(), generator.signed(), generator.signed());
            pixels.put(row, noise, new Edit(row % 2 == 0, shift, erased));
        }
        for (int row = 0; row < size / 2; row++) {
            pixels.mix(row, size - 1 - row, 0.3f);
        }
        label(minibatch, generator);
        return minibatch;
    }

    private void label(Minibatch minibatch, Generator generator) {
        minibatch.resize(scenario.batch());
        for (int row = 0; row < scenario.batch(); row++) {
            minibatch.target(row, generator.below(minibatch.classes()), 0);
        }
    }

    /** Returns a minibatch of the values that bytes stand for. */
    static Minibatch rendered(Minibatch bytes) {
        Minibatch minibatch = new Minibatch(bytes.shape(), bytes.classes(), bytes.size());
        for (int row = 0; row < bytes.size(); row++) {
            minibatch.images().put(row * bytes.shape().valueCount(), bytes.values(row));
        }
        minibatch.targets().put(0, bytes.targets(), 0, bytes.size() * bytes.classes());
        minibatch.resize(bytes.size());
        return minibatch;
    }
}
