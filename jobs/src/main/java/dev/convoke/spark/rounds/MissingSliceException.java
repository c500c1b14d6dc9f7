package dev.convoke.spark.rounds;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A slice is on none of the executors that should hold it, or of no use. Never leaves a task: it becomes a report or a
 * retry.
 */
final class MissingSliceException extends RuntimeException {

    private final transient SliceStream.Wanted slice;

    MissingSliceException(SliceStream.Wanted slice, @Nullable Throwable cause) {
        super(
                "Block " + SliceBlocks.name(slice.space(), slice.index()).name() + " is not to be had from "
                        + slice.homes() + (cause == null ? "" : ": " + cause.getMessage()),
                cause);
        this.slice = slice;
    }

    /** Returns what is wrong with a block that is there. */
    Optional<WrongLengthException> wrongLength() {
        return getCause() instanceof WrongLengthException wrong ? Optional.of(wrong) : Optional.empty();
    }

    /** Returns the first part of its block's name. */
    int space() {
        return slice.space();
    }

    /** Returns the second part of its block's name. */
    int index() {
        return slice.index();
    }
}
