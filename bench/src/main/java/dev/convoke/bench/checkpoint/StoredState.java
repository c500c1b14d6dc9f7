package dev.convoke.bench.checkpoint;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayouts;
import dev.convoke.metrics.ProcessorTime;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.training.Waiting;
import dev.convoke.training.WholeState;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.jspecify.annotations.Nullable;

/** Our way: slices forced to disk, read back and compared, then committed; one thread, as one owner has. */
final class StoredState implements AutoCloseable {

    private final Path folder;
    private final StateLayout layout;
    private final FloatBuffer state;
    private final LocalFileStore store = new LocalFileStore();
    private final OwnedRun run;
    private final ExecutorService writer = Executors.newSingleThreadExecutor();
    private int round;
    private @Nullable Checkpoint newest;

    StoredState(Path folder, ComputationGraphConfiguration configuration) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.layout = StateLayouts.of(configuration);
        this.state = FloatBuffer.allocate(layout.valueCount());
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < state.capacity(); i++) {
            state.put(i, (float) random.nextDouble() - 0.5f);
        }
        this.run = new OwnedRun(store, Location.parse(folder.toString()));
    }

    long bytes() {
        return (long) layout.valueCount() * Float.BYTES;
    }

    void save() {
        round++;
        Location temporary = run.begin(round);
        commit(temporary, write(temporary));
    }

    void restore() {
        Checkpoint checkpoint = newest;
        if (checkpoint == null) {
            throw new IllegalStateException("Nothing was saved yet");
        }
        WholeState.restore(place -> store, checkpoint.folder(), checkpoint.slices(), layout.valueCount());
    }

    /** Returns how long training stands still for a checkpoint if its slices are on disk when the round ends. */
    double stallMillis() {
        round++;
        long started = System.nanoTime();
        Location temporary = run.begin(round);
        Future<List<SliceEntry>> writing = writer.submit(() -> write(temporary));
        double begun = (System.nanoTime() - started) / 1e6;
        List<SliceEntry> slices = Waiting.forResult(writing, "the slices of the benchmark");
        long joined = System.nanoTime();
        commit(temporary, slices);
        return begun + (System.nanoTime() - joined) / 1e6;
    }

    /** Returns what a save takes of a processor, in seconds: all of it is one thread's. */
    double saveProcessorSeconds() {
        long before = ProcessorTime.ofThisThread();
        save();
        return (ProcessorTime.ofThisThread() - before) / 1e9;
    }

    /** Returns how long one copy of the state in memory takes. */
    double copyMillis() {
        FloatBuffer copy = FloatBuffer.allocate(state.capacity());
        long started = System.nanoTime();
        copy.put(0, state, 0, state.capacity());
        double millis = (System.nanoTime() - started) / 1e6;
        if (copy.get(copy.capacity() - 1) != state.get(state.capacity() - 1)) {
            throw new IllegalStateException("The copy differs");
        }
        return millis;
    }

    void forgetCached() throws IOException {
        PageCache.forget(folder);
    }

    @Override
    public void close() {
        writer.shutdownNow();
        run.close();
        PageCache.delete(folder);
    }

    private List<SliceEntry> write(Location temporary) {
        return WholeState.save(place -> store, temporary, state);
    }

    private void commit(Location temporary, List<SliceEntry> slices) {
        newest = run.commit(temporary, round, layout, slices);
    }
}
