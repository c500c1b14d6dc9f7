package dev.convoke.bench.averaging;

import dev.convoke.data.Example;
import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.WorkerKit;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * A state of a given size, and examples of one pixel.
 *
 * @param values of the state, all parameters
 * @param examples an epoch has
 */
record PayloadKit(int values, int examples) implements WorkerKit {

    private static final ImageShape PIXEL = new ImageShape(3, 1, 1);

    @Override
    public StateLayout layout() {
        return new StateLayout(List.of(new Segment("payload", "W", Kind.WEIGHT, 0, values)), values, 0);
    }

    @Override
    public Replica openReplica(int threads) {
        return new PayloadReplica(layout());
    }

    @Override
    public ExampleGroups openExamples() {
        return new Pixels(examples);
    }

    @Override
    public ImageLoader openLoader() {
        return new Black();
    }

    @Override
    public ImageShape imageShape() {
        return PIXEL;
    }

    @Override
    public int classes() {
        return 2;
    }

    private record Pixels(int examples) implements ExampleGroups {

        @Override
        public List<Integer> sizes() {
            return List.of(examples);
        }

        @Override
        public List<Example> read(int group) {
            return java.util.stream.IntStream.range(0, examples)
                    .mapToObj(i -> new Example("pixel-" + i, i % 2, new byte[0]))
                    .toList();
        }
    }

    private static final class Black implements ImageLoader {

        @Override
        public void load(Example example, long key, FloatBuffer images, int offset) {
            for (int i = 0; i < valueCount(); i++) {
                images.put(offset + i, 0f);
            }
        }

        @Override
        public int valueCount() {
            return PIXEL.valueCount();
        }
    }
}
