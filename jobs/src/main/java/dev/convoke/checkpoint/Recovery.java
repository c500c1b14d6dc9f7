package dev.convoke.checkpoint;

import dev.convoke.storage.Location;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a run directory has to continue from.
 *
 * @param newest the checkpoint of the highest round that verifies
 * @param rejected every one of a higher round that does not, highest first
 */
public record Recovery(Optional<Checkpoint> newest, List<Rejected> rejected) {

    /**
     * A checkpoint that cannot be used.
     *
     * @param folder where it stands
     * @param reason what is wrong with it
     * @param wasCommitted whether its save had come to its end, so that its rounds were promised to be kept
     */
    public record Rejected(Location folder, String reason, boolean wasCommitted) {}

    /** Copies the list. */
    public Recovery {
        rejected = List.copyOf(rejected);
    }

    /**
     * Returns whether there were checkpoints and none is usable: starting anew then needs somebody's decision. A save
     * that was cut short is no loss, or a run killed in its first one could not be started again.
     */
    public boolean everythingIsLost() {
        return newest.isEmpty() && rejected.stream().anyMatch(Rejected::wasCommitted);
    }

    /** Returns one line for each rejected checkpoint, empty if there is none. */
    public String reasons() {
        return rejected.stream()
                .map(one -> one.folder().name() + " is not usable: " + one.reason())
                .collect(Collectors.joining("\n"));
    }
}
