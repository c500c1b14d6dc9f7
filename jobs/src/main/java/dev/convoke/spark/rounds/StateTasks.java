package dev.convoke.spark.rounds;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.checkpoint.SliceFiles;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.Replica;
import dev.convoke.metrics.trace.Span;
import dev.convoke.spark.StorageAccess;
import dev.convoke.spark.rounds.SliceStream.Lent;
import dev.convoke.spark.rounds.SliceStream.Wanted;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.training.SavedState;
import dev.convoke.training.Slice;
import dev.convoke.training.StateRestore;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.TaskContext;
import org.apache.spark.storage.BlockManagerId;

/** What owners do with their slices apart from averaging them: make, load and store them. Runs on executors. */
final class StateTasks {

    private StateTasks() {}

    /**
     * A checkpoint to load from or to write to.
     *
     * @param storage the way there
     * @param folder its folder
     * @param entries its slices; empty for one that is being written
     */
    record Files(StorageAccess storage, String folder, List<Entry> entries) implements Serializable {

        /** A slice entry that can travel. */
        record Entry(String file, int offset, int length, String sha256) implements Serializable {}

        static Files of(StorageAccess storage, Location folder, List<SliceEntry> entries) {
            return new Files(
                    storage,
                    folder.uri(),
                    entries.stream()
                            .map(entry -> new Entry(entry.file(), entry.offset(), entry.length(), entry.sha256()))
                            .toList());
        }

        Location location() {
            return new Location(folder);
        }

        FileStore store() {
            return storage.stores().of(location());
        }

        List<SliceEntry> sliceEntries() {
            return entries.stream()
                    .map(entry -> new SliceEntry(entry.file, entry.offset, entry.length, entry.sha256))
                    .toList();
        }
    }

    /** Leaves an owner's slices of the initial state on the executor this runs on. */
    static BlockManagerId begin(Residents residents, int space, int owner) {
        List<Kept> all = room(residents, owner);
        Optional<Gpu> gpu = residents.gpu();
        Replica replica = residents.openReplica(gpu, TaskContext.get().cpus());
        for (Kept kept : all) {
            if (kept.offset < residents.vector().layout().valueCount()) {
                replica.readState(kept.offset, SliceBlocks.floats(kept.bytes));
            }
        }
        residents.keep(gpu, replica);
        return keep(all, space);
    }

    /** Loads an owner's slices of a checkpoint onto the executor this runs on. */
    static BlockManagerId restore(Residents residents, Files files, int space, int owner) {
        return restore(room(residents, owner), files, space);
    }

    /** Loads what rounding lost of a worker's results onto the executor this runs on. */
    static BlockManagerId restoreResiduals(Residents residents, Files files, int space, int worker) {
        List<Kept> all = residents.owners().slices().stream()
                .filter(residents.vector()::isParameters)
                .map(slice -> new Kept(
                        residents.owners().residualIndex(worker, slice),
                        residents.vector().residualOffset(worker, slice),
                        zeros(slice.length())))
                .toList();
        return restore(all, files, space);
    }

    private static BlockManagerId restore(List<Kept> all, Files files, int space) {
        List<StateRestore.Part> parts = all.stream()
                .map(kept -> new StateRestore.Part(kept.offset, SliceBlocks.floats(kept.bytes)))
                .toList();
        StateRestore.read(files.store(), files.location(), files.sliceEntries(), parts);
        return keep(all, space);
    }

    /**
     * What an owner has written of a checkpoint.
     *
     * @param home the executor that wrote it
     * @param entries the files, all of them durable
     * @param millis how long it took
     * @param spans the same for a trace
     */
    record Saved(BlockManagerId home, List<Files.Entry> entries, double millis, List<Span> spans)
            implements Serializable {}

    /** Returns what all owners have written; an executor writes one owner's files after the other's. */
    static SavedState whole(List<Saved> saved) {
        List<SliceEntry> slices = saved.stream()
                .flatMap(one -> one.entries().stream())
                .map(entry -> new SliceEntry(entry.file(), entry.offset(), entry.length(), entry.sha256()))
                .sorted(Comparator.comparingInt(SliceEntry::offset))
                .toList();
        double writeMillis = saved.stream()
                .collect(Collectors.groupingBy(Saved::home, Collectors.summingDouble(Saved::millis)))
                .values()
                .stream()
                .max(Comparator.naturalOrder())
                .orElse(0.0);
        return new SavedState(slices, writeMillis);
    }

    /**
     * Writes an owner's files of a checkpoint.
     *
     * @throws MissingSliceException if a slice is nowhere
     */
    static Saved save(StateHandle state, Files files, int owner, List<CheckpointPart> parts) {
        long started = System.nanoTime();
        List<Files.Entry> entries = new ArrayList<>();
        for (CheckpointPart part : parts) {
            FloatBuffer values = FloatBuffer.allocate(part.length());
            List<Wanted> wanted = part.blocks().stream()
                    .filter(block -> !isZero(state, block))
                    .map(block -> wanted(state, block, part.owner()))
                    .toList();
            try (SliceStream stream = new SliceStream(SliceBlocks.here(), wanted)) {
                for (CheckpointPart.Block block : part.blocks()) {
                    if (isZero(state, block)) {
                        values.position(values.position() + block.length());
                    } else {
                        try (Lent lent = stream.next()) {
                            lent.read(values, block.length());
                        }
                    }
                }
            }
            SliceEntry entry =
                    SliceFiles.write(files.store(), files.location(), part.index(), part.offset(), values.flip());
            entries.add(new Files.Entry(entry.file(), entry.offset(), entry.length(), entry.sha256()));
        }
        double millis = (System.nanoTime() - started) / 1e6;
        Span span = Span.endingNow("commit", "owner " + owner + ", saving", millis);
        return new Saved(SliceBlocks.here().home(), entries, millis, List.of(span));
    }

    private static boolean isZero(StateHandle state, CheckpointPart.Block block) {
        return switch (block.content()) {
            case PARAMETERS, OUTER_MOMENTUM -> false;
            case UPDATER -> state.zeroUpdater();
            case RESIDUALS -> state.residuals().homes().isEmpty();
        };
    }

    private static Wanted wanted(StateHandle state, CheckpointPart.Block block, int owner) {
        int owners = state.homes().size();
        return owner < owners
                ? state.wanted(block.length(), block.index(), owner)
                : state.residuals().wanted(block.length(), block.index(), owner - owners);
    }

    /** A block to be: its index, where it stands in the state vector, and its bytes, all zero. */
    private record Kept(int index, int offset, ByteBuffer bytes) {}

    private static List<Kept> room(Residents residents, int owner) {
        List<Kept> all = new ArrayList<>();
        for (Slice slice : residents.owners().of(owner)) {
            all.add(new Kept(slice.index(), slice.offset(), zeros(slice.length())));
            if (residents.vector().hasOuterMomentum(slice)) {
                all.add(new Kept(
                        residents.owners().momentumIndex(slice),
                        residents.vector().outerMomentumOffset(slice),
                        zeros(slice.length())));
            }
        }
        return all;
    }

    private static ByteBuffer zeros(int values) {
        ByteBuffer bytes = SliceBlocks.here().allocate(values);
        for (int i = 0; i < bytes.capacity(); i++) {
            bytes.put(i, (byte) 0);
        }
        return bytes;
    }

    private static BlockManagerId keep(List<Kept> all, int space) {
        SliceBlocks blocks = SliceBlocks.here();
        for (Kept kept : all) {
            blocks.put(space, kept.index, kept.bytes);
        }
        return blocks.home();
    }
}
