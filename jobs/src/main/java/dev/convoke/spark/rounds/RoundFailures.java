package dev.convoke.spark.rounds;

import dev.convoke.spark.ClusterException;
import dev.convoke.spark.LostExecutors;
import dev.convoke.training.Round;
import dev.convoke.training.StateLostException;
import dev.convoke.training.TrainingDivergedException;
import dev.convoke.training.UnacceptableResultException;
import java.util.Optional;
import java.util.function.Supplier;

/** What went wrong on executors, in words of ours. */
final class RoundFailures {

    private RoundFailures() {}

    /** Returns what to throw for what a task reports. */
    static RuntimeException exceptionOf(Round round, Failure failure) {
        return switch (failure.kind()) {
            case DIVERGED -> new TrainingDivergedException(failure.message());
            case UNACCEPTABLE -> new UnacceptableResultException(failure.message());
            case STATE_LOST ->
                new StateLostException("Round " + round.number()
                        + " cannot start, its state is gone with an executor: " + failure.message()
                        + "; continue from the state before it or from a checkpoint");
        };
    }

    /** Runs a job; what failed on an executor for a reason of ours is thrown as it was there. */
    static <T> T orExplained(Supplier<T> job) {
        try {
            return job.get();
        } catch (Exception failed) { // Spark throws its checked exceptions undeclared
            Throwable cause = failed.getCause();
            if (cause instanceof MissingSliceException) {
                throw new StateLostException("The state is gone with an executor: " + cause.getMessage()
                        + "; continue from the state before it or from a checkpoint");
            }
            if (cause instanceof RuntimeException ours
                    && ours.getClass().getName().startsWith("dev.convoke.")) {
                ours.addSuppressed(failed);
                throw ours;
            }
            Optional<ClusterException> lost = LostExecutors.explain("A job of the training failed", failed);
            if (lost.isPresent()) {
                throw lost.get();
            }
            throw failed instanceof RuntimeException unchecked
                    ? unchecked
                    : new IllegalStateException(
                            "A Spark job failed: " + failed.getMessage() + "; the executors' logs say more", failed);
        }
    }
}
