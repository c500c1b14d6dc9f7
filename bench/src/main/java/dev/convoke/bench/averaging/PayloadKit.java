package dev.convoke.bench.averaging;

import dev.convoke.bench.MadeUpExamples;
import dev.convoke.bench.MadeUpImages;
import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.WorkerKit;
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
        return new MadeUpExamples(examples, classes());
    }

    @Override
    public ImageLoader openLoader() {
        return new MadeUpImages(PIXEL);
    }

    @Override
    public ImageShape imageShape() {
        return PIXEL;
    }

    @Override
    public int classes() {
        return 2;
    }
}
