package dev.convoke.metrics.tensorboard;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What TensorBoard's loader does with one figure of one split: it opens each file once, in the order of names, never
 * again, and takes a step that comes again to mean that this step and those after it are void.
 */
final class OpenTensorBoard {

    private final FileStore store;
    private final Location folder;
    private final String tag;
    private final Set<Location> opened = new HashSet<>();
    private final TreeMap<Long, Float> shown = new TreeMap<>();

    OpenTensorBoard(FileStore store, Location folder, String tag) {
        this.store = store;
        this.folder = folder;
        this.tag = tag;
    }

    /** Looks for files that it does not know; returns what is shown after that. */
    Map<Long, Float> reload() {
        for (FileEntry file : store.list(folder)) {
            if (opened.add(file.location())) {
                for (byte[] event : EventReader.records(store.read(file.location(), 1 << 27))) {
                    Float value = EventReader.scalars(event).get(tag);
                    if (value != null) {
                        long step = EventReader.step(event);
                        shown.tailMap(step, true).clear();
                        shown.put(step, value);
                    }
                }
            }
        }
        return new TreeMap<>(shown);
    }
}
