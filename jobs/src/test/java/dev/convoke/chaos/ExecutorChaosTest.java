package dev.convoke.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.Signals;
import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.Retention;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.spark.StorageAccess;
import dev.convoke.spark.rounds.SparkRoundRunner;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.training.Averaging;
import dev.convoke.training.Averaging.OuterOptimizer;
import dev.convoke.training.Averaging.UpdaterPolicy;
import dev.convoke.training.AveragingSchedule;
import dev.convoke.training.CheckpointPlan;
import dev.convoke.training.FakeKit;
import dev.convoke.training.InProcessRoundRunner;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundRunner;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.TrainedRun;
import dev.convoke.training.TrainingLoop;
import dev.convoke.training.TrainingOutcome;
import dev.convoke.training.TrainingSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors killed and paused on a seeded schedule while they train and save: every run ends in the bytes of one
 * process that nothing happens to. Long form: {@code -Dconvoke.chaos.executor-kills=300
 * -Dconvoke.chaos.executor-pauses=50}.
 */
class ExecutorChaosTest {

    private static final FakeKit KIT = new FakeKit(List.of(17, 30, 8, 22, 25), SoftmaxReplica.Options.MOMENTUM);
    private static final RunPlan PLAN = new RunPlan(
            new TrainingSettings(
                    23,
                    3,
                    4,
                    4,
                    new Averaging(AveragingSchedule.every(3), UpdaterPolicy.AVERAGE, new OuterOptimizer(0.9, 0.5)),
                    LearningRate.cosine(0.1, 1),
                    0.1,
                    20),
            102);

    private static JavaSparkContext spark;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        spark = new JavaSparkContext(new SparkConf()
                .setMaster("local-cluster[2,1,1024]")
                .setAppName("chaos")
                .set("spark.ui.enabled", "false")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .set("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
                .set("spark.executor.memory", "512m")
                // A paused executor is lost after eight seconds, so pauses are both shorter and longer than that.
                .set("spark.network.timeout", "8s")
                .set("spark.rpc.askTimeout", "120s")
                .set("spark.network.timeoutInterval", "2s")
                .set("spark.executor.heartbeatInterval", "1s")
                .set("spark.storage.blockManagerHeartbeatTimeoutMs", "8000")
                .set("spark.deploy.maxExecutorRetries", "-1")
                .set("spark.task.maxFailures", "100")
                .set("spark.stage.maxConsecutiveAttempts", "100")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1"));
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void executorsThatAreKilledAndPausedGiveTheBytesOfOneProcess() throws Exception {
        int kills = ChaosLog.trials("executor-kills", 2);
        int pauses = ChaosLog.trials("executor-pauses", 1);
        ChaosLog log = new ChaosLog("executor kills and pauses", folder.resolve("log"));
        String expected = faultless();
        int run = (int)
                log.lines().stream().filter(line -> line.startsWith("run")).count();
        while (count(log, "kill") < kills || count(log, "pause") < pauses) {
            run++;
            Saboteur saboteur = new Saboteur(
                    new Random(ChaosLog.SEED * 1000 + run), count(log, "kill") < kills, count(log, "pause") < pauses);
            TrainingOutcome outcome = train(run, saboteur);
            saboteur.await();
            for (String fault : saboteur.done) {
                log.add(fault);
            }
            String digest = TrainingProcess.digest(outcome.checkpoint());
            log.add("run " + run + " of " + saboteur.done.size() + " faults ended in " + digest);
            assertThat(digest)
                    .as("run %s of seed %s, %s", run, ChaosLog.SEED, saboteur.done)
                    .isEqualTo(expected);
            new LocalFileStore().delete(location(run));
        }
        log.report(
                count(log, "kill") + count(log, "pause"),
                count(log, "kill") + " kills, " + count(log, "pause") + " pauses, " + run
                        + " runs, 1 distinct final digest");
    }

    private static int count(ChaosLog log, String fault) throws IOException {
        return (int) log.lines().stream().filter(line -> line.startsWith(fault)).count();
    }

    private String faultless() {
        try (InProcessRoundRunner runner = new InProcessRoundRunner(KIT, PLAN, 1, TrainedRun.STORES)) {
            return TrainingProcess.digest(
                    train(runner, location(0), new RoundListener() {}).checkpoint());
        }
    }

    private TrainingOutcome train(int run, RoundListener listener) {
        try (SparkRoundRunner runner =
                new SparkRoundRunner(spark, StorageAccess.of(new Configuration()), "chaos-" + run, KIT, PLAN)) {
            return train(runner, location(run), listener);
        }
    }

    private static TrainingOutcome train(RoundRunner runner, Location run, RoundListener listener) {
        LocalFileStore store = new LocalFileStore();
        RunOwnership ownership = RunOwnership.acquire(store, run, Takeover.FROM_THE_DEAD);
        CheckpointStore checkpoints = new CheckpointStore(store, run, ownership, Retention.DEFAULT);
        RunIdentity identity = new RunIdentity(23, 3, 4, "every 3", "data", "network", "recipe");
        return new TrainingLoop(
                        runner,
                        PLAN,
                        new CheckpointPlan(checkpoints, identity, List.of(), 2),
                        Optional.empty(),
                        List.of(listener),
                        () -> false)
                .run();
    }

    private Location location(int run) {
        return Location.parse(folder.resolve("run-" + run).toString());
    }

    /** After about every second round hurts an executor, some time into the next one. */
    private static final class Saboteur implements RoundListener {

        private final Random random;
        private final boolean mayKill;
        private final boolean mayPause;
        private final List<String> done = new ArrayList<>();
        private CompletableFuture<Void> current = CompletableFuture.completedFuture(null);

        Saboteur(Random random, boolean mayKill, boolean mayPause) {
            this.random = random;
            this.mayKill = mayKill;
            this.mayPause = mayPause;
        }

        @Override
        public void roundDone(RoundSummary summary) {
            boolean hurt = random.nextInt(3) > 0;
            boolean pause = mayPause && (!mayKill || random.nextInt(5) == 0);
            int delay = random.nextInt(400);
            int length = 300 + random.nextInt(random.nextBoolean() ? 2_000 : 12_000);
            int victim = random.nextInt(1 << 20);
            List<ProcessHandle> executors = executors();
            if (hurt && current.isDone() && !executors.isEmpty()) {
                ProcessHandle executor = executors.get(victim % executors.size());
                String where = " after round " + summary.round().number() + " and " + delay + " ms";
                done.add(pause ? "pause of " + length + " ms" + where : "kill" + where);
                current = CompletableFuture.runAsync(
                        () -> {
                            if (pause) {
                                Signals.send(executor.pid(), "STOP");
                                sleep(length);
                                Signals.send(executor.pid(), "CONT");
                            } else {
                                executor.destroyForcibly();
                            }
                        },
                        CompletableFuture.delayedExecutor(delay, TimeUnit.MILLISECONDS));
            }
        }

        void await() {
            current.join();
        }

        private static void sleep(long millis) {
            try {
                TimeUnit.MILLISECONDS.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private static List<ProcessHandle> executors() {
            return ProcessHandle.current()
                    .descendants()
                    .filter(process -> process.info().command().orElse("").endsWith("java"))
                    .toList();
        }
    }
}
