package dev.convoke.evaluation;

import dev.convoke.data.Example;
import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.models.ImageShape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A network whose answers can be worked out by hand: a picture's three pixels are its evidence for three classes, each
 * multiplied by a parameter, and softmax makes probabilities of them. It keeps momentum it does not need, as trained
 * networks do.
 */
public final class FakeNetwork implements Replica {

    /** One pixel of three channels. */
    public static final ImageShape SHAPE = new ImageShape(3, 1, 1);

    /** The three classes. */
    public static final List<String> CLASSES = List.of("boat", "cat", "tree");

    /** Sizes of the minibatches it was given, in order. */
    final List<Integer> sizes = new ArrayList<>();

    private final float[] state = {1, 1, 1, 0, 0, 0};

    /** Returns an example whose evidence for the three classes is as given, in tenths. */
    public static Example example(String path, int label, int boat, int cat, int tree) {
        return new Example(path, label, new byte[] {(byte) boat, (byte) cat, (byte) tree});
    }

    /** Returns a loader for such examples. */
    public static ImageLoader loader() {
        return new ImageLoader() {
            @Override
            public void load(Example example, long key, FloatBuffer images, int offset) {
                for (int i = 0; i < 3; i++) {
                    images.put(offset + i, example.encoded()[i] / 10f);
                }
            }

            @Override
            public int valueCount() {
                return SHAPE.valueCount();
            }
        };
    }

    @Override
    public StateLayout layout() {
        return new StateLayout(List.of(new Segment("output", "W", Kind.WEIGHT, 0, 3)), 3, 3);
    }

    @Override
    public void readState(int offset, FloatBuffer target) {
        target.put(state, offset, target.remaining());
    }

    @Override
    public void writeState(int offset, FloatBuffer source) {
        source.get(state, offset, source.remaining());
    }

    @Override
    public StepResult train(Minibatch batch, Step step) {
        throw new UnsupportedOperationException("An evaluation trains nothing");
    }

    @Override
    public void predict(Minibatch batch, FloatBuffer probabilities) {
        sizes.add(batch.size());
        for (int row = 0; row < batch.size(); row++) {
            double[] weights = new double[3];
            double sum = 0;
            for (int c = 0; c < 3; c++) {
                weights[c] = Math.exp(state[c] * batch.images().get(row * 3 + c));
                sum += weights[c];
            }
            for (int c = 0; c < 3; c++) {
                probabilities.put((float) (weights[c] / sum));
            }
        }
    }

    @Override
    public void close() {}
}
