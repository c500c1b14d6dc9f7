package dev.convoke.cli;

import dev.convoke.checkpoint.RunFile;
import dev.convoke.checkpoint.RunFile.Status;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.storage.StorageException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** Keeps run.json true while this process owns the run. */
final class RunStatus {

    private final RunFile file;
    private final RunOwnership ownership;
    private final Instant started;
    private int round;

    RunStatus(RunFile file, RunOwnership ownership, Instant started) {
        this.file = file;
        this.ownership = ownership;
        this.started = started;
    }

    void write(Status status, OptionalInt exitCode, int roundsDone, String message) {
        round = roundsDone;
        ownership.checkStillOwner();
        Optional<Instant> ended = status == Status.RUNNING ? Optional.empty() : Optional.of(Instant.now());
        file.write(new RunFile.Content(
                status, exitCode, round, ownership.describe(), ownership.token(), message, started, ended));
    }

    /** Returns how many rounds were committed when this was last written. */
    int round() {
        return round;
    }

    /** Says how the run failed; if even that fails, the new failure is noted beside the first. */
    void writeFailure(ExitCode code, Throwable reason) {
        try {
            write(Status.FAILED, OptionalInt.of(code.number()), round, String.valueOf(reason.getMessage()));
        } catch (StorageException | IllegalStateException alsoFailed) {
            reason.addSuppressed(alsoFailed);
        }
    }
}
