package dev.convoke.training;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.checkpoint.SliceFiles;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Checkpoints of a state vector that is whole in one process. */
public final class WholeState {

    /** 64 MB. */
    private static final int VALUES_IN_A_FILE = 1 << 24;

    private WholeState() {}

    /**
     * Writes a state as checkpoint slices, each durable when this returns.
     *
     * @param values the whole vector, from index 0 to the capacity
     */
    public static List<SliceEntry> save(FileStores stores, Location folder, FloatBuffer values) {
        List<SliceEntry> entries = new ArrayList<>();
        for (int offset = 0; offset < values.capacity(); offset += VALUES_IN_A_FILE) {
            int length = Math.min(VALUES_IN_A_FILE, values.capacity() - offset);
            entries.add(
                    SliceFiles.write(stores.of(folder), folder, entries.size(), offset, values.slice(offset, length)));
        }
        return entries;
    }

    /** Loads a state of so many values, verifying each slice's digest. */
    public static FloatBuffer restore(FileStores stores, Location folder, List<SliceEntry> entries, int valueCount) {
        FloatBuffer values = FloatBuffer.allocate(valueCount);
        StateRestore.read(stores.of(folder), folder, entries, List.of(new StateRestore.Part(0, values)));
        return values;
    }
}
