package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.StateSample;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.metrics.tensorboard.EventLog;
import dev.convoke.metrics.tensorboard.Events;
import dev.convoke.models.NetworkSummary;
import dev.convoke.storage.FileStore;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RunPlan;
import java.time.Instant;

/**
 * Shows TensorBoard the network as a graph, and after each epoch how the values of each layer's arrays are distributed
 * and by how much a step moves them. A sample of each array is read from the checkpoint, so that it costs the same
 * however large the network is; nothing passes through the executors.
 */
final class StateHistograms implements RoundListener {

    /** TensorBoard's name for what is of the state, not of a split. */
    static final String SPLIT = "state";

    /** Values of one array that are looked at. */
    private static final int MOST_VALUES = 16_384;

    private final FileStore store;
    private final EventLog events;
    private final NetworkSummary network;

    StateHistograms(FileStore store, EventLog events, NetworkSummary network) {
        this.store = store;
        this.events = events;
        this.network = network;
    }

    @Override
    public void started(RunPlan plan, int roundsDone) {
        if (events.isEmpty(SPLIT)) {
            events.write(SPLIT, new Events(Instant.now(), 0).graph(network));
        }
    }

    @Override
    public void epochDone(int epoch, Checkpoint checkpoint) {
        StateLayout layout = checkpoint.header().layout();
        Events figures = new Events(Instant.now(), checkpoint.header().roundsDone());
        int momentum = layout.parameterCount();
        try (StateSample sample = new StateSample(store, checkpoint)) {
            for (Segment segment : layout.segments()) {
                String name = segment.layer() + "/" + segment.parameter();
                float[] values = sample.read(segment.offset(), segment.length(), MOST_VALUES);
                figures.histogram("weights/" + name, values);
                boolean trained = segment.kind() != Kind.MEAN && segment.kind() != Kind.VARIANCE;
                if (trained && layout.updaterStateCount() > 0) {
                    // With momentum, a step moves the weights by the momentum array, but for the look ahead.
                    float[] update = sample.read(momentum, segment.length(), MOST_VALUES);
                    momentum += segment.length();
                    figures.histogram("updates/" + name, update);
                    figures.scalar("update to weight, rms/" + name, rootMeanSquare(update) / rootMeanSquare(values));
                }
            }
        }
        events.write(SPLIT, figures);
    }

    private static double rootMeanSquare(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares / values.length);
    }
}
