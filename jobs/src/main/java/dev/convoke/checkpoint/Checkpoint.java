package dev.convoke.checkpoint;

import dev.convoke.storage.Location;
import java.util.List;

/**
 * A committed checkpoint.
 *
 * @param folder where it stands
 * @param header what it says about the state
 * @param fencingToken of the owner that committed it
 * @param slices the state vector's slices, in order, without gaps
 * @param manifestSha256 digest of its manifest: equal digests mean equal checkpoints
 */
public record Checkpoint(
        Location folder, CheckpointHeader header, long fencingToken, List<SliceEntry> slices, String manifestSha256) {

    /** Copies the list. */
    public Checkpoint {
        slices = List.copyOf(slices);
    }

    /** Returns how many float32 values the state vector has. */
    public int valueCount() {
        SliceEntry last = slices.get(slices.size() - 1);
        return last.offset() + last.length();
    }
}
