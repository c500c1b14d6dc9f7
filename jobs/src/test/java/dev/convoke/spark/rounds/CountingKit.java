package dev.convoke.spark.rounds;

import dev.convoke.data.ImageLoader;
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
import java.util.stream.Stream;

/**
 * Counts what is opened, however often it is copied.
 *
 * @param kit what opens
 * @param folder has a file for each thing opened
 */
record CountingKit(FakeKit kit, String folder) implements WorkerKit {

    private static final String REPLICA = "replica";
    private static final String EXAMPLES = "examples";
    private static final String LOADER = "loader";

    long replicas() {
        return count(REPLICA);
    }

    long examplesOpened() {
        return count(EXAMPLES);
    }

    long loaders() {
        return count(LOADER);
    }

    @Override
    public Replica openReplica(int threads) {
        note(REPLICA);
        return kit.openReplica(threads);
    }

    @Override
    public ExampleGroups openExamples() {
        note(EXAMPLES);
        return kit.openExamples();
    }

    @Override
    public ImageLoader openLoader() {
        note(LOADER);
        return kit.openLoader();
    }

    @Override
    public StateLayout layout() {
        return kit.layout();
    }

    @Override
    public ImageShape imageShape() {
        return kit.imageShape();
    }

    @Override
    public int classes() {
        return kit.classes();
    }

    private void note(String what) {
        try {
            Files.createTempFile(Path.of(folder), what, "");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private long count(String what) {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            return files.filter(file -> file.getFileName().toString().startsWith(what))
                    .count();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
