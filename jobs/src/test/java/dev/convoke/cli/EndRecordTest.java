package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.RunFile;
import dev.convoke.checkpoint.RunFile.Content;
import dev.convoke.checkpoint.RunFile.Status;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.data.TestImages;
import dev.convoke.registry.retraining.NightFile;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
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
    void onAClusterYesterdaysOutcomeDoesNotStandWhereTodaysNightDidNotBegin() throws IOException {
        Location work = Location.parse(folder.resolve("work").toString());
        NightFile.write(
                store,
                work,
                new NightFile.Content(
                        "yesterday",
                        NightFile.Status.SUCCEEDED,
                        OptionalInt.of(0),
                        NightFile.Outcome.PROMOTED,
                        "gain",
                        7,
                        7,
                        "process 1",
                        1,
                        Instant.EPOCH,
                        Optional.of(Instant.EPOCH)));
        Path config = folder.resolve("nightly.yaml");
        Files.writeString(config, "work: " + work + "\nsuorce: nowhere\n");
        System.setProperty("spark.master", "spark://127.0.0.1:1");
        int code;
        try {
            code = Main.run("retrain", config.toUri().toString(), "--status", copy.uri());
        } finally {
            System.clearProperty("spark.master");
        }

        NightFile.Content told = NightFile.read(store, work).orElseThrow();
        assertThat(code).isEqualTo(ExitCode.USAGE.number());
        assertThat(told.status()).isEqualTo(NightFile.Status.FAILED);
        assertThat(told.exitCode()).hasValue(code);
        assertThat(told.message()).contains("'suorce' is not a key of a retraining file");
        assertThat(told.champion()).isEqualTo(7);
        assertThat(RunFile.at(store, copy).read().orElseThrow().exitCode()).hasValue(code);
    }

    @Test
    void everyVerbThatASchedulerStartsSaysHowItEnded() {
        List<List<String>> verbs = List.of(
                List.of("shard", "--source", "file:/none", "--out", "file:/none", "--validation-fraction", "2"),
                List.of("retrain", "file:/none.yaml"),
                List.of("housekeep", "file:/none.yaml"),
                List.of("evaluate", "--run", folder.resolve("none").toString()),
                List.of("predict", "--model", folder.resolve("none").toString(), "--images", "x", "--out", "y"));
        for (List<String> verb : verbs) {
            store.delete(copy);
            List<String> arguments = new ArrayList<>(verb);
            arguments.addAll(List.of("--status", copy.uri()));

            int code = Main.run(arguments.toArray(String[]::new));

            Content told = RunFile.at(store, copy).read().orElseThrow();
            assertThat(told.exitCode()).as("%s", verb).hasValue(code).hasValue(ExitCode.USAGE.number());
            assertThat(told.status()).isEqualTo(Status.FAILED);
        }
    }

    @Test
    void aJobThatIsEndedBecauseItDoesNotGoOnIsTheClusters() throws IOException {
        Path list = folder.resolve("list.csv");
        Files.write(folder.resolve("a.jpg"), TestImages.jpeg(300, 200, 1));
        Files.write(list, List.of("path,label", "a.jpg,class-0"));
        int code;
        try (StuckFiles stuck = new StuckFiles()) {
            code = Main.run(
                    "shard",
                    "--source",
                    stuck.uri(list),
                    "--out",
                    folder.resolve("dataset").toString(),
                    "--status",
                    copy.uri());
        }

        assertThat(code).isEqualTo(ExitCode.STORAGE.number());
        assertThat(RunFile.at(store, copy).read().orElseThrow().message()).contains("spark.convoke.longestTask");
    }

    /** While open, images under {@code stuck:} cannot be opened to the end, and no task may take long. */
    private static final class StuckFiles implements AutoCloseable {

        StuckFiles() {
            System.setProperty("spark.hadoop.fs.stuck.impl", StuckFileSystem.class.getName());
            System.setProperty("spark.convoke.longestTask", "0s");
        }

        String uri(Path file) {
            return "stuck:" + file;
        }

        @Override
        public void close() {
            System.clearProperty("spark.convoke.longestTask");
            System.clearProperty("spark.hadoop.fs.stuck.impl");
            StuckFileSystem.LET_GO.countDown();
        }
    }

    /** Local files, of which images are not opened before they are let go. */
    public static final class StuckFileSystem extends RawLocalFileSystem {

        static final CountDownLatch LET_GO = new CountDownLatch(1);

        @Override
        public URI getUri() {
            return URI.create("stuck:///");
        }

        @Override
        public FSDataInputStream open(org.apache.hadoop.fs.Path file, int bufferBytes) throws IOException {
            if (file.getName().endsWith(".jpg")) {
                try {
                    LET_GO.await();
                } catch (InterruptedException e) {
                    throw new InterruptedIOException("stuck file " + file);
                }
            }
            return super.open(file, bufferBytes);
        }
    }

    @Test
    void embeddedNothingIsLeftBehind() {
        new EndRecord(new SparkConf(false).setMaster("local[2]"), run, null).ended(ExitCode.DATA, "no manifest");

        assertThat(Files.exists(folder.resolve("run"))).isFalse();
    }
}
