package dev.convoke.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.checkpoint.CheckpointReader;
import dev.convoke.checkpoint.Recovery;
import dev.convoke.spark.ClusterException;
import dev.convoke.spark.StorageAccess;
import dev.convoke.spark.rounds.FlakyKit;
import dev.convoke.spark.rounds.SparkRoundRunner;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.StateLostException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker that ends its executor whenever it trains; part of {@code mvn -Pchaos verify}. */
class DeadlyWorkerDrill {

    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void aWorkerThatTakesEveryExecutorWithItEndsTheRunAndLeavesItsCheckpoints() throws Exception {
        Path fatal = folder.resolve("fatal");
        RoundListener doom = new RoundListener() {
            @Override
            public void roundDone(RoundSummary summary) {
                if (summary.round().number() == 4) {
                    write(fatal);
                }
            }
        };
        Location run = Location.parse(folder.resolve("run").toString());
        SparkConf asUsersHaveIt =
                new SparkConf(false).set("spark.task.maxFailures", "4").set("spark.stage.maxConsecutiveAttempts", "4");

        try (JavaSparkContext spark = DisturbedRun.spark(asUsersHaveIt);
                SparkRoundRunner runner = new SparkRoundRunner(
                        spark,
                        StorageAccess.of(new Configuration()),
                        "deadly",
                        FlakyKit.deadly(DisturbedRun.KIT, 1, fatal),
                        DisturbedRun.PLAN)) {
            // Which of the two is first to give up depends on what the executors held that died.
            assertThatThrownBy(() -> DisturbedRun.train(runner, run, doom))
                    .isInstanceOfAny(ClusterException.class, StateLostException.class)
                    .hasMessageContaining("spark.executor.memoryOverhead")
                    .hasMessageContaining("what is committed is intact, the same command goes on from there");
        }

        Recovery left = new CheckpointReader(new LocalFileStore(), run).recover();
        assertThat(left.newest().orElseThrow().header().roundsDone()).isEqualTo(4);
        assertThat(left.rejected()).isEmpty();
    }

    private static void write(Path file) {
        try {
            Files.writeString(file, "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
