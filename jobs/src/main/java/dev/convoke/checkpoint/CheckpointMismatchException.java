package dev.convoke.checkpoint;

import dev.convoke.checkpoint.RunIdentity.Difference;
import dev.convoke.storage.Location;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A checkpoint belongs to another experiment: use another run directory, or allow the change. Names all differences.
 */
public final class CheckpointMismatchException extends RuntimeException {

    private final transient List<Difference> differences;

    /** Carries the checkpoint and everything that differs. */
    public CheckpointMismatchException(Location checkpoint, List<Difference> differences) {
        super(checkpoint + " was made with other settings: "
                + differences.stream().map(Difference::toString).collect(Collectors.joining("; "))
                + "; train into a new run directory, or allow these changes explicitly");
        this.differences = List.copyOf(differences);
    }

    /** Returns everything that differs. */
    public List<Difference> differences() {
        return differences;
    }
}
