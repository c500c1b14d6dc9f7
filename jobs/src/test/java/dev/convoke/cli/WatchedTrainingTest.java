package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeLoader;
import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.WatchingCost;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.spark.ShardingOptions;
import dev.convoke.spark.monitor.RunCount;
import dev.convoke.spark.monitor.RunEvent;
import dev.convoke.spark.monitor.RunFigure;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.training.RunPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One small training, and everything that shows it while it is at work. */
class WatchedTrainingTest {

    @TempDir
    private static Path folder;

    private static final ByteArrayOutputStream SAID = new ByteArrayOutputStream();
    private static final Seen SEEN = new Seen();

    private static JavaSparkContext spark;
    private static Location run;
    private static Recipe recipe;
    private static List<RoundMetrics> rounds;

    /** What Spark's own pages and the metrics plugin are told. */
    private static final class Seen extends SparkListener {

        private final List<String> jobs = new CopyOnWriteArrayList<>();
        private final List<RunEvent> events = new CopyOnWriteArrayList<>();

        @Override
        public void onJobStart(SparkListenerJobStart job) {
            jobs.add(job.properties().getProperty("spark.jobGroup.id") + " | "
                    + job.properties().getProperty("spark.job.description"));
        }

        @Override
        public void onOtherEvent(SparkListenerEvent event) {
            if (event instanceof RunEvent told) {
                events.add(told);
            }
        }
    }

    @BeforeAll
    static void train() throws IOException {
        Console console = console(SAID);
        Path images = folder.resolve("images");
        PhotographFolder.write(images, 3, 40);
        Location dataset = Location.parse(folder.resolve("dataset").toString());
        run = Location.parse(folder.resolve("watched").toString());
        recipe = RecipeLoader.load(
                Files.readString(Path.of("../conf/recipes/quickstart.yaml")),
                "quickstart.yaml",
                List.of("input=67", "epochs=2", "batch=4", "averaging.frequency=2", "data=" + dataset, "out=" + run));
        spark = SparkContexts.open("watched", recipe.training().workers());
        ShardingOptions options = ShardingOptions.of(Location.parse(images.toString()), dataset)
                .withFractions(0.3, 0)
                .withMaxQuarantineRate(0.5);
        ShardCommand.shard(spark, options, Takeover.FROM_THE_DEAD, console);
        spark.sc().addSparkListener(SEEN);
        TrainingRequest request = new TrainingRequest(
                recipe,
                dataset,
                run,
                TrainingRequest.Resume.AUTO,
                Takeover.FROM_THE_DEAD,
                new AllowedChanges(Set.of()));

        // More rounds than there are: what could be traced is written at the end.
        int code = TrainCommand.train(spark, request, new Watch(console, 1_000, Optional.empty()));

        assertThat(code).isZero();
        rounds = new MetricLog(new LocalFileStore(), run).readAll();
        Awaitility.await().until(() -> total(RunCount.EVALUATIONS) == 2);
    }

    private static Console console(ByteArrayOutputStream said) {
        return new Console.Builder(
                        Console.Mode.LINES,
                        new PrintStream(said, true, StandardCharsets.UTF_8),
                        new PrintStream(said, true, StandardCharsets.UTF_8),
                        System::nanoTime)
                .build();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void sparksPagesNameEveryJobWithItsGroupAndItsRun() {
        int last = rounds.size();

        assertThat(SEEN.jobs)
                .contains("null | run watched: initial state", "null | run watched: drop replicas")
                .contains("convoke-rounds | run watched: round 0 of epoch 0")
                .contains("convoke-rounds | run watched: round " + (last - 1) + " of epoch 1")
                .anyMatch(job -> job.matches("null \\| run watched: begin checkpoint .*"))
                .anyMatch(job -> job.matches("null \\| run watched: checkpoint .*"))
                .anyMatch(
                        job -> job.matches("convoke-evaluation \\| run watched: evaluate validation with round-\\d+"));
        assertThat(SEEN.jobs.stream().filter(job -> job.startsWith("convoke-rounds")))
                .hasSize(last);
    }

    @Test
    void theMetricsPluginIsToldEveryFigure() {
        Map<RunFigure, Double> figures = new EnumMap<>(RunFigure.class);
        SEEN.events.forEach(event -> figures.putAll(event.figures()));
        RoundMetrics last = rounds.get(rounds.size() - 1);

        assertThat(figures).containsOnlyKeys(RunFigure.values());
        assertThat(figures)
                .containsEntry(RunFigure.ROUND, (double) rounds.size())
                .containsEntry(RunFigure.ROUNDS_PLANNED, (double) rounds.size())
                .containsEntry(RunFigure.CHECKPOINT_ROUND, (double) rounds.size())
                .containsEntry(RunFigure.EPOCH, 2.0)
                .containsEntry(RunFigure.LOSS, last.loss())
                .containsEntry(RunFigure.TOP1, last.accuracy())
                .containsEntry(RunFigure.LEARNING_RATE, last.learningRate())
                .containsEntry(RunFigure.SECONDS_LEFT, 0.0);
        assertThat(figures.get(RunFigure.WORKER_SKEW)).isBetween(1.0, 2.0);
        assertThat(figures.get(RunFigure.WAIT_SHARE)).isBetween(0.0, 1.0);
    }

    @Test
    void andCountsWhatWasDone() {
        assertThat(total(RunCount.EXAMPLES))
                .isEqualTo(rounds.stream().mapToLong(RoundMetrics::examples).sum());
        assertThat(total(RunCount.ROUNDS)).isEqualTo(rounds.size());
        assertThat(total(RunCount.CHECKPOINTS)).isGreaterThanOrEqualTo(2);

        new MonitorListener(spark).wentBack(5, 3);

        Awaitility.await().until(() -> total(RunCount.WENT_BACK) == 1);
        assertThat(SEEN.events.get(SEEN.events.size() - 1).figures()).containsEntry(RunFigure.ROUND, 3.0);
    }

    @Test
    void theConsoleShowsPlansEvaluationsAndTheTraining() {
        assertThat(SAID.toString(StandardCharsets.UTF_8).lines())
                .anyMatch(line -> line.startsWith("sharding 100 %"))
                .anyMatch(line -> line.startsWith("building plans 100 % 2/2 replicas"))
                .anyMatch(line -> line.startsWith("training epoch 2/2"))
                .anyMatch(line -> line.startsWith("evaluating validation 100 %"))
                .anyMatch(line -> line.startsWith("the trace of " + rounds.size() + " rounds: "));
    }

    @Test
    void theTraceHasEveryPartOfARoundAndTheCommitOfEveryOwner() throws IOException {
        JsonNode trace = new ObjectMapper()
                .readTree(folder.resolve("watched/profile/trace.json").toFile())
                .get("traceEvents");

        Set<String> names = new HashSet<>();
        Set<String> lanes = new HashSet<>();
        for (JsonNode event : trace) {
            if (event.get("ph").asText().equals("X")) {
                names.add(event.get("name").asText().replaceAll(" .*", ""));
            } else if (event.get("name").asText().equals("thread_name")) {
                lanes.add(event.at("/args/name").asText());
            }
        }
        assertThat(names)
                .contains("read", "decode", "wait", "compute", "receive", "send", "average", "round", "commit");
        assertThat(lanes)
                .contains("worker 0", "worker 1", "owner 0", "owner 0, saving", "owner 1, saving", "rounds", "commits");
    }

    @Test
    void eachSplitOfAFinishedRunIsOneEventFile() throws IOException {
        for (String split : List.of("train", "validation", "state")) {
            try (Stream<Path> files = Files.list(folder.resolve("watched/events/" + split))) {
                assertThat(files).as(split).hasSize(1);
            }
        }
    }

    @Test
    void whatWatchingCostsIsWrittenDownToTheEnd() {
        assertThat(rounds)
                .allSatisfy(round ->
                        assertThat(round.figures().get("observing_millis")).isPositive());
        // The last sheets of examples and the report alone take longer than this.
        assertThat(new WatchingCost(new LocalFileStore(), run).millis()).isGreaterThan(5);
    }

    @Test
    void everyRoundHasItsReadingDecodingAndMemoryAndTheCommitsThatCameBeforeIt() {
        assertThat(rounds).allSatisfy(round -> {
            assertThat(round.figures())
                    .hasEntrySatisfying(
                            "read_millis", millis -> assertThat(millis).isPositive())
                    .hasEntrySatisfying(
                            "decode_millis", millis -> assertThat(millis).isPositive())
                    .hasEntrySatisfying(
                            "driver_heap_bytes", bytes -> assertThat(bytes).isGreaterThan(1 << 20));
            double heap = figure(round, "executor_heap_bytes");
            assertThat(heap).isGreaterThan(1 << 20);
            assertThat(figure(round, "executor_resident_bytes")).isGreaterThan(heap / 2);
            assertThat(round.workers()).allSatisfy(worker -> {
                assertThat(worker.readMillis()).isPositive();
                assertThat(worker.decodeMillis()).isPositive();
            });
        });
        // That of the first epoch; the last one comes behind the last round.
        assertThat(rounds)
                .filteredOn(round -> figure(round, "commit_millis") > 0)
                .isNotEmpty()
                .allSatisfy(round ->
                        assertThat(round.phaseMillis().get("checkpoint")).isPositive());
    }

    @Test
    void sharesThatAreUnwiseAreToldBeforeATrainingInOneProcess() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Recipe unwise =
                RecipeLoader.load(recipe.toYaml(), "unwise.yaml", List.of("workers=500", "averaging.frequency=1000"));
        RunEvaluation evaluation = evaluationOf(unwise, folder.resolve("unwise"), console(said));

        new RunWatch(Watch.on(console(said)), evaluation, unwise, new RunPlan(unwise.training(), 100)).close();

        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("500 workers for 100 examples", "lower 'workers'")
                .contains("the averaging frequency is as long as an epoch", "lower 'averaging.frequency'");
        assertThat(SAID.toString(StandardCharsets.UTF_8)).doesNotContain("lower 'workers'", "averaging frequency is");
    }

    private static double figure(RoundMetrics round, String name) {
        return round.figures().getOrDefault(name, Double.NaN);
    }

    private static RunEvaluation evaluationOf(Recipe trained, Path run, Console console) {
        LocalFileStore store = new LocalFileStore();
        Location data = Location.parse(folder.resolve("dataset").toString());
        ShardManifest manifest = ShardedDataset.open(place -> store, data).manifest();
        return new RunEvaluation(
                spark,
                store,
                Location.parse(run.toString()),
                new RunEvaluation.Network(TrainingRun.job(trained, manifest), trained.normalisation(manifest)),
                manifest,
                data,
                console);
    }

    private static long total(RunCount count) {
        return SEEN.events.stream()
                .mapToLong(event -> event.counts().getOrDefault(count, 0L))
                .sum();
    }
}
