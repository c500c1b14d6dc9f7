package dev.convoke.cli;

import dev.convoke.checkpoint.CheckpointMismatchException;
import dev.convoke.checkpoint.DamagedCheckpointException;
import dev.convoke.checkpoint.RunOwnedException;
import dev.convoke.cluster.NodeFailedException;
import dev.convoke.config.RecipeException;
import dev.convoke.data.UndecodableImageException;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.ReplicaTooLargeException;
import dev.convoke.engine.dl4j.RejectedModelException;
import dev.convoke.evaluation.EvaluationFailedException;
import dev.convoke.models.UnknownArchitectureException;
import dev.convoke.registry.AliasMovedException;
import dev.convoke.registry.DamagedVersionException;
import dev.convoke.registry.UnknownVersionException;
import dev.convoke.shard.DamagedDatasetException;
import dev.convoke.shard.UnknownSplitException;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.spark.ClusterException;
import dev.convoke.spark.MixedBuildsException;
import dev.convoke.storage.StorageException;
import dev.convoke.storage.UnknownSchemeException;
import dev.convoke.training.DroppedDataException;
import dev.convoke.training.StateLostException;
import dev.convoke.training.TrainingDivergedException;
import dev.convoke.training.UnacceptableResultException;
import java.util.List;

/** What a scheduler learns from the end of a process. */
public enum ExitCode {
    DONE(0),
    DEFECT(1),
    USAGE(2),
    DATA(3),
    STORAGE(4),
    DIVERGED(5),
    OWNED(6),
    STOPPED(143);

    private record Rule(Class<? extends RuntimeException> failure, ExitCode code) {}

    private static final List<Rule> RULES = List.of(
            new Rule(UsageException.class, USAGE),
            new Rule(RecipeException.class, USAGE),
            new Rule(UnknownSchemeException.class, USAGE),
            new Rule(UnknownArchitectureException.class, USAGE),
            new Rule(EngineUnavailableException.class, USAGE),
            new Rule(ReplicaTooLargeException.class, USAGE),
            new Rule(UnknownSplitException.class, USAGE),
            new Rule(UnknownVersionException.class, USAGE),
            new Rule(DroppedDataException.class, USAGE),
            new Rule(DamagedDatasetException.class, DATA),
            new Rule(UnusableSourceException.class, DATA),
            new Rule(UndecodableImageException.class, DATA),
            new Rule(EvaluationFailedException.class, DATA),
            new Rule(RejectedModelException.class, DATA),
            new Rule(CheckpointMismatchException.class, USAGE),
            new Rule(MixedBuildsException.class, USAGE),
            new Rule(RunOwnedException.class, OWNED),
            new Rule(AliasMovedException.class, OWNED),
            new Rule(DamagedVersionException.class, STORAGE),
            new Rule(DamagedCheckpointException.class, STORAGE),
            new Rule(StorageException.class, STORAGE),
            new Rule(ClusterException.class, STORAGE),
            new Rule(StateLostException.class, STORAGE),
            new Rule(NodeFailedException.class, STORAGE),
            new Rule(TrainingDivergedException.class, DIVERGED),
            new Rule(UnacceptableResultException.class, DEFECT),
            new Rule(StopRequestedException.class, STOPPED));

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    /** Returns the number the process ends with. */
    public int number() {
        return number;
    }

    /**
     * Returns the code of a failure: that of the first exception in its chain of causes that says what it is, else
     * {@link #DEFECT}. Spark wraps what a task throws, so the chain is searched.
     */
    static ExitCode of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            for (Rule rule : RULES) {
                if (rule.failure().isInstance(cause)) {
                    return rule.code();
                }
            }
        }
        return DEFECT;
    }

    /** Returns the code of a number that a verb returned. */
    static ExitCode of(int number) {
        for (ExitCode code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        throw new IllegalArgumentException("No verb ends with " + number);
    }

    /** Returns the exception in the chain of causes that {@link #of} decided by, or the outermost. */
    static Throwable speaker(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Throwable candidate = cause;
            if (RULES.stream().anyMatch(rule -> rule.failure().isInstance(candidate))) {
                return candidate;
            }
        }
        return failure;
    }
}
