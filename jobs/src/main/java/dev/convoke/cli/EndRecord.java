package dev.convoke.cli;

import dev.convoke.checkpoint.RunFile;
import dev.convoke.checkpoint.RunFile.Content;
import dev.convoke.checkpoint.RunFile.Status;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntSupplier;
import org.apache.spark.SparkConf;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves the end of a process where schedulers look for it, even if it came before a run had an owner: in the verb's
 * own record, because on a cluster the exit code may be lost, and in a file of the caller's choice, because the storage
 * of that record may be what failed.
 */
final class EndRecord {

    private static final Logger LOG = LoggerFactory.getLogger(EndRecord.class);

    private final SparkConf conf;
    private final Own own;
    private final @Nullable Location copy;
    private final Instant started = Instant.now();

    /** A record that a verb keeps itself. */
    interface Own {

        /** Returns what it says of an end that was not before {@code started}, if it does. */
        Optional<Content> said(FileStores stores, Instant started);

        /** Says it in its place, after becoming the owner for a moment; returns what was written. */
        Optional<Content> say(FileStores stores, Content content);
    }

    /**
     * Begins with the process.
     *
     * @param run the run directory
     * @param copy where the same is written, too; null for nowhere
     */
    EndRecord(SparkConf conf, Location run, @Nullable Location copy) {
        this(conf, new OfRun(run), copy);
    }

    /** Begins with the process, for a verb with a record of its own. */
    EndRecord(SparkConf conf, Own own, @Nullable Location copy) {
        this.conf = conf;
        this.own = own;
        this.copy = copy;
    }

    /** Begins with the process, for a verb without a record of its own. */
    static EndRecord elsewhere(SparkConf conf, @Nullable Location copy) {
        return new EndRecord(conf, new Nowhere(), copy);
    }

    /**
     * Does the work of a verb and says how it ended.
     *
     * @param done what is said if it is done
     * @return the exit code
     */
    int around(String done, IntSupplier work) {
        int code;
        try {
            code = work.getAsInt();
        } catch (Exception failure) { // Spark throws its checked exceptions undeclared
            failed(failure);
            throw failure;
        }
        ended(ExitCode.of(code), code == ExitCode.DONE.number() ? done : "stopped on request");
        return code;
    }

    /** Says that the process ends with a failure. */
    void failed(Exception failure) {
        Throwable told = Main.explained(failure);
        ended(ExitCode.of(told), String.valueOf(ExitCode.speaker(told).getMessage()));
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
            told = own.said(stores, started);
            // Embedded, the exit code tells everything; a start that was refused is to leave nothing behind.
            boolean leaves = code != ExitCode.OWNED && code != ExitCode.DONE && !SparkContexts.isEmbedded(conf);
            if (told.isEmpty() && leaves) {
                told = own.say(stores, content);
            }
        } catch (RuntimeException untold) {
            LOG.warn("The end is not in {}: {}", own, untold.getMessage());
        }
        if (copy != null) {
            try {
                RunFile.at(stores.of(copy), copy).write(told.orElse(content));
            } catch (RuntimeException untold) {
                LOG.warn("The end is not in {}: {}", copy, untold.getMessage());
            }
        }
    }

    private record Nowhere() implements Own {

        @Override
        public Optional<Content> said(FileStores stores, Instant started) {
            return Optional.empty();
        }

        @Override
        public Optional<Content> say(FileStores stores, Content content) {
            return Optional.empty();
        }
    }

    private record OfRun(Location run) implements Own {

        @Override
        public Optional<Content> said(FileStores stores, Instant started) {
            return new RunFile(stores.of(run), run)
                    .read()
                    .filter(there ->
                            there.ended().filter(end -> !end.isBefore(started)).isPresent());
        }

        @Override
        public Optional<Content> say(FileStores stores, Content content) {
            RunFile file = new RunFile(stores.of(run), run);
            int rounds = file.read().map(Content::round).orElse(0);
            RunOwnership ownership = RunOwnership.acquire(stores.of(run), run, Takeover.FROM_THE_DEAD);
            try {
                Content whole = new Content(
                        content.status(),
                        content.exitCode(),
                        rounds,
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

        @Override
        public String toString() {
            return run + "/" + RunFile.FILE;
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
