package dev.convoke.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.CheckpointHeader.Change;
import dev.convoke.engine.StateLayout;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Checkpoints that older versions wrote, byte for byte as they wrote them. The files are never changed. */
class GoldenCheckpointTest {

    private static final float[] VALUES = {0f, -0f, 1.5f, Float.MIN_VALUE, Float.MAX_VALUE, -3.25f, 1e-3f};

    @Test
    void versionOneIsRead() throws Exception {
        LocalFileStore store = new LocalFileStore();
        Location run = new Location("file:"
                + Path.of(Objects.requireNonNull(getClass().getResource("/golden/run-v1"))
                        .toURI()));

        Checkpoint checkpoint =
                new CheckpointReader(store, run).recover().newest().orElseThrow();

        assertThat(checkpoint.header()).isEqualTo(header());
        assertThat(checkpoint.fencingToken()).isEqualTo(1);
        assertThat(CheckpointFixture.read(store, checkpoint)).isEqualTo(VALUES);
        assertThat(new RunFile(store, run).read().map(RunFile.Content::status)).contains(RunFile.Status.STOPPED);
    }

    /** If this fails, the format has changed: it needs a new version and a golden file of its own. */
    @Test
    void versionOneIsStillWrittenTheSame() throws Exception {
        MemoryFileStore memory = new MemoryFileStore();
        Location run = MemoryFileStore.root().child("run");
        writeRun(memory, run);
        Location golden = new Location("file:"
                + Path.of(Objects.requireNonNull(getClass().getResource("/golden/run-v1"))
                        .toURI()));

        assertSame(memory, run.child("checkpoints/round-000003"), golden.child("checkpoints/round-000003"));
    }

    /** Writes the files into a folder; run by hand, once for each new format version. */
    public static void main(String[] arguments) {
        writeRun(new LocalFileStore(), Location.parse(arguments[0]));
    }

    private static void assertSame(FileStore memory, Location written, Location golden) {
        LocalFileStore local = new LocalFileStore();
        List<FileEntry> files = local.list(golden);
        assertThat(memory.list(written)).hasSameSizeAs(files);
        for (FileEntry file : files) {
            byte[] expected = local.read(file.location(), 1 << 20);
            assertThat(memory.read(written.child(file.location().name()), 1 << 20))
                    .as(file.location().name())
                    .asString()
                    .isEqualTo(new String(expected, StandardCharsets.UTF_8));
        }
    }

    private static CheckpointHeader header() {
        StateLayout layout = new StateLayout(
                CheckpointFixture.LAYOUT.segments().subList(1, 2).stream()
                        .map(segment ->
                                new StateLayout.Segment(segment.layer(), segment.parameter(), segment.kind(), 0, 4))
                        .toList(),
                4,
                3);
        return new CheckpointHeader(
                3, 0, 1536, CheckpointFixture.IDENTITY, layout, List.of(new Change(2, "workers", "2", "4")));
    }

    static void writeRun(FileStore store, Location run) {
        RunOwnership ownership = CheckpointFixture.ownAndDie(store, run);
        CheckpointStore checkpoints = new CheckpointStore(store, run, ownership, Retention.DEFAULT);
        Location temporary = checkpoints.begin(3);
        List<SliceEntry> slices = List.of(
                SliceFiles.write(store, temporary, 0, 0, FloatBuffer.wrap(VALUES, 0, 4)),
                SliceFiles.write(store, temporary, 1, 4, FloatBuffer.wrap(VALUES, 4, 3)));
        checkpoints.commit(temporary, header(), slices);
        new RunFile(store, run)
                .write(new RunFile.Content(
                        RunFile.Status.STOPPED,
                        OptionalInt.of(143),
                        3,
                        "process 7 on example",
                        1,
                        "stopped by SIGTERM",
                        Instant.EPOCH,
                        Optional.of(Instant.EPOCH)));
    }
}
