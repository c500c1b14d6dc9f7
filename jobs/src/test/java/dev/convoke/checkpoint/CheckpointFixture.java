package dev.convoke.checkpoint;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.nio.FloatBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A small run whose state is a pure function of round and owner, and what it takes to save and read it. */
final class CheckpointFixture {

    static final String DIGEST = "0123456789abcdef".repeat(4);
    static final RunIdentity IDENTITY = new RunIdentity(42, 4, 16, "every 8", DIGEST, DIGEST, DIGEST);
    static final StateLayout LAYOUT = new StateLayout(
            List.of(
                    new Segment("conv", "W", Kind.WEIGHT, 0, 40),
                    new Segment("conv", "b", Kind.BIAS, 40, 4),
                    new Segment("norm", "mean", Kind.MEAN, 44, 6)),
            50,
            44);

    private static final int SLICES = 2;

    private CheckpointFixture() {}

    static float[] state(int roundsDone, int variant) {
        Random random = new Random(31L * roundsDone + variant);
        float[] values = new float[LAYOUT.valueCount()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    static CheckpointHeader header(int roundsDone) {
        return new CheckpointHeader(roundsDone, roundsDone / 10, roundsDone * 512L, IDENTITY, LAYOUT, List.of());
    }

    static List<SliceEntry> write(FileStore store, Location folder, float[] state) {
        List<SliceEntry> slices = new ArrayList<>();
        for (int i = 0; i < SLICES; i++) {
            int from = state.length * i / SLICES;
            int to = state.length * (i + 1) / SLICES;
            slices.add(SliceFiles.write(store, folder, i, from, FloatBuffer.wrap(state, from, to - from)));
        }
        return slices;
    }

    static Checkpoint save(FileStore store, CheckpointStore checkpoints, int roundsDone, int variant) {
        Location temporary = checkpoints.begin(roundsDone);
        List<SliceEntry> slices = write(store, temporary, state(roundsDone, variant));
        return checkpoints.commit(temporary, header(roundsDone), slices);
    }

    static float[] read(FileStore store, Checkpoint checkpoint) {
        float[] state = new float[checkpoint.valueCount()];
        for (SliceEntry slice : checkpoint.slices()) {
            SliceFiles.read(store, checkpoint.folder(), slice, FloatBuffer.wrap(state, slice.offset(), slice.length()));
        }
        return state;
    }

    /** Becomes the owner as a process that nobody will find alive afterwards. */
    static RunOwnership ownAndDie(FileStore store, Location run) {
        return RunOwnership.acquire(store, run, RunOwnership.Takeover.FROM_ANYONE, deadProcess(), Clock.systemUTC());
    }

    /** A process of this machine that does not exist: numbers end at 4,194,304 here. */
    static ProcessIdentity deadProcess() {
        ProcessIdentity here = ProcessIdentity.current();
        return new ProcessIdentity(here.host(), here.hostId(), here.machine(), 1L << 23, here.startedMillis());
    }
}
