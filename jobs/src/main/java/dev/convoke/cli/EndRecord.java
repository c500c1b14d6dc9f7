package dev.convoke.cli;

import dev.convoke.checkpoint.RunFile;
import dev.convoke.checkpoint.RunFile.Content;
import dev.convoke.checkpoint.RunFile.Status;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves the end of a process where schedulers look for it, even if it came before the run had an owner: in run.json of
 * the run directory, because on a cluster the exit code may be lost, and in a file of the caller's choice, because the
 * storage of the run may be what failed.
 */
final class EndRecord {

    private static final Logger LOG = LoggerFactory.getLogger(EndRecord.class);

    private final SparkConf conf;
    private final Location run;
    private final @Nullable Location copy;
    private final Instant started = Instant.now();

    /**
     * Begins with the process.
     *
     * @param run the run directory
     * @param copy where the same is written, too; null for nowhere
     */
    EndRecord(SparkConf conf, Location run, @Nullable Location copy) {
        this.conf = conf;
        this.run = run;
        this.copy = copy;
    }

    /** Says how the process ends; what cannot be written is logged, the end stays what it is. */
    void ended(ExitCode code, String message) {
        FileStores stores = StorageAccess.of(conf).stores();
        Content content = new Content(
                status(code),
                OptionalInt.of(code.number()),
                0,
                "process " + ProcessHandle.current().pid(),
                0,
                message,
                started,
                Optional.of(Instant.now()));
        Optional<Content> told = Optional.empty();
        try {
            told = inRun(stores.of(run), code, content);
        } catch (RuntimeException untold) {
            LOG.warn("The end is not in {}/{}: {}", run, RunFile.FILE, untold.getMessage());
        }
        if (copy != null) {
            try {
                RunFile.at(stores.of(copy), copy).write(told.orElse(content));
            } catch (RuntimeException untold) {
                LOG.warn("The end is not in {}: {}", copy, untold.getMessage());
            }
        }
    }

    /** Returns what the run directory says in the end, if that is the end of this process. */
    private Optional<Content> inRun(FileStore store, ExitCode code, Content content) {
        RunFile file = new RunFile(store, run);
        Optional<Content> there = file.read();
        if (there.flatMap(Content::ended).filter(end -> !end.isBefore(started)).isPresent()) {
            return there;
        }
        // Embedded, the exit code tells everything; a run that was refused is to leave nothing behind.
        if (code == ExitCode.OWNED || code == ExitCode.DONE || SparkContexts.isEmbedded(conf)) {
            return Optional.empty();
        }
        RunOwnership ownership = RunOwnership.acquire(store, run, Takeover.FROM_THE_DEAD);
        try {
            Content whole = new Content(
                    content.status(),
                    content.exitCode(),
                    there.map(Content::round).orElse(0),
                    ownership.describe(),
                    ownership.token(),
                    content.message(),
                    content.started(),
                    content.ended());
            file.write(whole);
            return Optional.of(whole);
        } finally {
            ownership.release();
        }
    }

    private static Status status(ExitCode code) {
        return switch (code) {
            case DONE -> Status.SUCCEEDED;
            case STOPPED -> Status.STOPPED;
            default -> Status.FAILED;
        };
    }
}
