package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.RunFile;
import dev.convoke.checkpoint.RunFile.Content;
import dev.convoke.checkpoint.RunFile.Status;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndRecordTest {

    private static final SparkConf CLUSTER = new SparkConf(false).setMaster("spark://host:7077");

    private final LocalFileStore store = new LocalFileStore();

    @TempDir
    private Path folder;

    private Location run = new Location("file:/");
    private Location copy = new Location("file:/");

    @BeforeEach
    void place() {
        run = Location.parse(folder.resolve("run").toString());
        copy = Location.parse(folder.resolve("last.json").toString());
    }

    @Test
    void onAClusterAStartThatFailsIsInTheRunDirectoryAndInTheCopy() {
        new EndRecord(CLUSTER, run, copy).ended(ExitCode.STORAGE, "the master does not answer");

        Content told = new RunFile(store, run).read().orElseThrow();
        assertThat(told.status()).isEqualTo(Status.FAILED);
        assertThat(told.exitCode()).hasValue(4);
        assertThat(told.message()).isEqualTo("the master does not answer");
        assertThat(RunFile.at(store, copy).read()).contains(told);
    }

    @Test
    void aRunKeepsTheRoundsItHasAndCanBeTakenUpAgain() {
        RunOwnership before = RunOwnership.acquire(store, run, Takeover.FROM_THE_DEAD);
        new RunFile(store, run)
                .write(new Content(
                        Status.STOPPED,
                        OptionalInt.of(143),
                        12,
                        before.describe(),
                        before.token(),
                        "stopped",
                        Instant.EPOCH,
                        Optional.of(Instant.EPOCH)));
        before.release();

        new EndRecord(CLUSTER, run, null).ended(ExitCode.DATA, "no manifest");

        Content told = new RunFile(store, run).read().orElseThrow();
        assertThat(told.round()).isEqualTo(12);
        assertThat(told.exitCode()).hasValue(3);
        assertThat(RunOwnership.acquire(store, run, Takeover.FROM_THE_DEAD).token())
                .isEqualTo(before.token() + 2);
    }

    @Test
    void theRunOfAnotherStaysAsItIsAndOnlyTheCopyTells() {
        RunOwnership other = RunOwnership.acquire(store, run, Takeover.FROM_THE_DEAD);
        Content atWork = new Content(
                Status.RUNNING,
                OptionalInt.empty(),
                3,
                other.describe(),
                other.token(),
                "training",
                Instant.EPOCH,
                Optional.empty());
        new RunFile(store, run).write(atWork);

        new EndRecord(CLUSTER, run, copy).ended(ExitCode.OWNED, "in use by another");
        new EndRecord(CLUSTER, run, null).ended(ExitCode.STORAGE, "the master does not answer");

        assertThat(new RunFile(store, run).read()).contains(atWork);
        assertThat(RunFile.at(store, copy).read())
                .hasValueSatisfying(told -> assertThat(told.exitCode()).hasValue(6));
    }

    @Test
    void whatTheRunItselfSaidOfThisEndIsCopiedAsItIs() {
        EndRecord end = new EndRecord(CLUSTER, run, copy);
        Content said = new Content(
                Status.SUCCEEDED,
                OptionalInt.of(0),
                40,
                "process 1",
                7,
                "trained and evaluated",
                Instant.now(),
                Optional.of(Instant.now()));
        new RunFile(store, run).write(said);

        end.ended(ExitCode.DONE, "done");

        assertThat(RunFile.at(store, copy).read()).isEqualTo(new RunFile(store, run).read());
        assertThat(new RunFile(store, run).read().orElseThrow().round()).isEqualTo(40);
    }

    @Test
    void aRecipeThatADriverOnTheClusterCannotReadIsToldInTheRunDirectory() {
        System.setProperty("spark.master", "spark://127.0.0.1:1");
        int code;
        try {
            code = Main.run(
                    "train", folder.resolve("none.yaml").toString(), "--data", "file:/none", "--out", run.uri());
        } finally {
            System.clearProperty("spark.master");
        }

        Content told = new RunFile(store, run).read().orElseThrow();
        assertThat(told.exitCode()).hasValue(code).hasValue(ExitCode.USAGE.number());
        assertThat(told.message()).contains("There is no recipe at").contains("none.yaml");
    }

    @Test
    void embeddedNothingIsLeftBehind() {
        new EndRecord(new SparkConf(false).setMaster("local[2]"), run, null).ended(ExitCode.DATA, "no manifest");

        assertThat(Files.exists(folder.resolve("run"))).isFalse();
    }
}
