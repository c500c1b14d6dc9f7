package dev.convoke.training;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.checkpoint.SliceFiles;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.nio.FloatBuffer;
import java.util.List;

/** Reads parts of a state vector from a checkpoint, whatever slices it was cut into when it was written. */
public final class StateRestore {

    private StateRestore() {}

    /**
     * A part of the state vector to read.
     *
     * @param offset its first value
     * @param values filled from 0 to the limit, by absolute index
     */
    public record Part(int offset, FloatBuffer values) {

        private int end() {
            return offset + values.limit();
        }

        private boolean holds(SliceEntry entry) {
            return offset <= entry.offset() && entry.offset() + entry.length() <= end();
        }

        private boolean overlaps(SliceEntry entry) {
            return offset < entry.offset() + entry.length() && entry.offset() < end();
        }

        private void copy(SliceEntry entry, FloatBuffer whole) {
            int from = Math.max(offset, entry.offset());
            int to = Math.min(end(), entry.offset() + entry.length());
            values.put(from - offset, whole, from - entry.offset(), to - from);
        }
    }

    /**
     * Reads parts, each file that has some of them once, and verifies those files. Values behind the last slice stay as
     * they are.
     *
     * @param entries the checkpoint's slices, in order, without gaps
     */
    public static void read(FileStore store, Location folder, List<SliceEntry> entries, List<Part> parts) {
        SliceFiles.each(entries, entry -> {
            List<Part> touched =
                    parts.stream().filter(part -> part.overlaps(entry)).toList();
            if (touched.size() == 1 && touched.get(0).holds(entry)) {
                Part part = touched.get(0);
                SliceFiles.read(store, folder, entry, part.values.slice(entry.offset() - part.offset, entry.length()));
            } else if (!touched.isEmpty()) {
                FloatBuffer whole = FloatBuffer.allocate(entry.length());
                SliceFiles.read(store, folder, entry, whole);
                touched.forEach(part -> part.copy(entry, whole));
            }
        });
    }
}
