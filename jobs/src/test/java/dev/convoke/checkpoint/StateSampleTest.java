package dev.convoke.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.StateLayout;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.StorageException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StateSampleTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location folder = MemoryFileStore.root().child("checkpoint");

    @Test
    void aSmallArrayIsReadWholeEvenAcrossSlices() {
        try (StateSample sample = new StateSample(store, checkpoint(100, 40))) {
            assertThat(sample.read(35, 10, 10)).containsExactly(35, 36, 37, 38, 39, 40, 41, 42, 43, 44);
            assertThat(sample.read(0, 100, 100)).hasSize(100).endsWith(99);
        }
    }

    @Test
    void aLargeArrayIsReadInFourRunsFromItsBeginningToItsEnd() {
        try (StateSample sample = new StateSample(store, checkpoint(100, 40))) {
            assertThat(sample.read(10, 90, 8)).containsExactly(10, 11, 39, 40, 68, 69, 98, 99);
        }
    }

    @Test
    void aSliceThatEndsTooEarlyIsNamed() {
        Checkpoint checkpoint = checkpoint(100, 40);
        store.replace(folder.child("slice-0000.bin"), new byte[8]);

        try (StateSample sample = new StateSample(store, checkpoint)) {
            assertThatThrownBy(() -> sample.read(1, 20, 20))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("checkpoint/slice-0000.bin")
                    .hasMessageContaining("ends too early");
        }
    }

    /** A state of so many values, each its own index, in slices of a length. */
    private Checkpoint checkpoint(int values, int slice) {
        List<SliceEntry> slices = new ArrayList<>();
        for (int offset = 0; offset < values; offset += slice) {
            FloatBuffer content = FloatBuffer.allocate(Math.min(slice, values - offset));
            for (int i = 0; i < content.capacity(); i++) {
                content.put(i, offset + i);
            }
            slices.add(SliceFiles.write(store, folder, slices.size(), offset, content));
        }
        CheckpointHeader header = new CheckpointHeader(
                1,
                0,
                1,
                new RunIdentity(1, 1, 1, "every 1", "d", "a", "r"),
                new StateLayout(List.of(), values, 0),
                List.of());
        return new Checkpoint(folder, header, 1, slices, "");
    }
}
