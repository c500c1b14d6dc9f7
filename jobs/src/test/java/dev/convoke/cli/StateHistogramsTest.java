package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointHeader;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.checkpoint.SliceFiles;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.metrics.tensorboard.EventLog;
import dev.convoke.metrics.tensorboard.EventReader;
import dev.convoke.models.NetworkSummary;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StateHistogramsTest {

    /** Mean and variance have no momentum, so behind them the momentum's place differs from the parameters'. */
    private static final List<Segment> SEGMENTS = List.of(
            new Segment("conv", "W", Kind.WEIGHT, 0, 6),
            new Segment("norm", "gamma", Kind.GAMMA, 6, 2),
            new Segment("norm", "mean", Kind.MEAN, 8, 2),
            new Segment("norm", "var", Kind.VARIANCE, 10, 2),
            new Segment("dense", "W", Kind.WEIGHT, 12, 4));

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");
    private final StateHistograms histograms =
            new StateHistograms(store, new EventLog(store, run), new NetworkSummary("tiny", List.of()));

    @Test
    void everyArrayIsShownAndEveryTrainedOnesMomentumFromItsOwnPlace() {
        histograms.epochDone(0, checkpoint(12));

        // Each value of the state is its index.
        assertThat(shown())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "weights/conv/W", List.of(0.0, 5.0),
                        "weights/norm/gamma", List.of(6.0, 7.0),
                        "weights/norm/mean", List.of(8.0, 9.0),
                        "weights/norm/var", List.of(10.0, 11.0),
                        "weights/dense/W", List.of(12.0, 15.0),
                        "updates/conv/W", List.of(16.0, 21.0),
                        "updates/norm/gamma", List.of(22.0, 23.0),
                        "updates/dense/W", List.of(24.0, 27.0)));
    }

    @Test
    void withoutMomentumThereAreWeightsAlone() {
        histograms.epochDone(0, checkpoint(0));

        assertThat(shown())
                .hasSize(5)
                .allSatisfy((tag, range) -> assertThat(tag).startsWith("weights/"));
    }

    @Test
    void theGraphIsWrittenOnceHoweverOftenARunIsTakenUp() {
        histograms.started(Plans.of(1, 8, 32, 1), 0);
        histograms.started(Plans.of(1, 8, 32, 1), 2);

        assertThat(store.list(run.child("events/state"))).hasSize(1);
    }

    private Map<String, List<Double>> shown() {
        List<FileEntry> files = store.list(run.child("events/state"));
        assertThat(files).hasSize(1);
        List<byte[]> records = EventReader.records(store.read(files.get(0).location(), 1 << 20));
        return EventReader.histograms(records.get(1));
    }

    private Checkpoint checkpoint(int momentum) {
        Location folder = run.child("checkpoints/round-000004");
        FloatBuffer values = FloatBuffer.allocate(16 + momentum);
        for (int i = 0; i < values.capacity(); i++) {
            values.put(i, i);
        }
        SliceEntry slice = SliceFiles.write(store, folder, 0, 0, values);
        CheckpointHeader header = new CheckpointHeader(
                4,
                1,
                32,
                new RunIdentity(1, 1, 1, "every 1", "d", "a", "r"),
                new StateLayout(SEGMENTS, 16, momentum),
                List.of());
        return new Checkpoint(folder, header, 1, List.of(slice), "");
    }
}
