package dev.convoke.drill;

import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.FakeKit;
import dev.convoke.training.WorkerKit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;

/**
 * A kit whose replicas insist on a GPU, and leave a note of the one they were given. No card computes: what is
 * rehearsed is who gets which.
 *
 * @param kit what else they are
 * @param notes the folder of the notes
 */
record GpuKit(FakeKit kit, String notes) implements WorkerKit {

    @Override
    public boolean needsGpu() {
        return true;
    }

    @Override
    public Replica openReplica(int threads) {
        throw new IllegalStateException("A replica was opened without a GPU");
    }

    @Override
    public Replica openReplica(Gpu gpu, int threads) {
        String note = "gpu-" + gpu.index() + "-executor-" + SparkEnv.get().executorId() + "-task-"
                + TaskContext.get().taskAttemptId();
        try {
            Files.createFile(Path.of(notes, note));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot leave the note " + note, e);
        }
        return kit.openReplica(threads);
    }

    @Override
    public StateLayout layout() {
        return kit.layout();
    }

    @Override
    public ExampleGroups openExamples() {
        return kit.openExamples();
    }

    @Override
    public ImageLoader openLoader() {
        return kit.openLoader();
    }

    @Override
    public ImageShape imageShape() {
        return kit.imageShape();
    }

    @Override
    public int classes() {
        return kit.classes();
    }
}
