package dev.convoke.spark.rounds;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.engine.StateLayout;
import dev.convoke.metrics.trace.ChromeTrace;
import dev.convoke.provenance.BuildInfo;
import dev.convoke.provenance.LogKeys;
import dev.convoke.spark.ClusterException;
import dev.convoke.spark.JobNames;
import dev.convoke.spark.LostExecutors;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.Location;
import dev.convoke.training.Acceptance;
import dev.convoke.training.Round;
import dev.convoke.training.RoundResult;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RoundRunner;
import dev.convoke.training.RunPlan;
import dev.convoke.training.RunState;
import dev.convoke.training.SliceAverager.Spread;
import dev.convoke.training.StateLostException;
import dev.convoke.training.StateVector;
import dev.convoke.training.TrainingDivergedException;
import dev.convoke.training.WorkerKit;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.BlockManagerId;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.reflect.ClassTag;

/**
 * Runs rounds on Spark, one job each. Workers fetch the state's slices from the executors that own them, train, and
 * leave their results where they are; owners fetch what they own from all workers, average it in worker order, and keep
 * it for the next round. Nothing as large as the state passes through the driver, and the blocks of old rounds are
 * freed. Equals {@link dev.convoke.training.InProcessRoundRunner} to the bit, on any number of executors, whatever is
 * retried.
 */
public final class SparkRoundRunner implements RoundRunner {

    /** The job group of training; what saves or restores is in none, so that a round can be cancelled alone. */
    public static final String ROUNDS = "convoke-rounds";

    private final JavaSparkContext spark;
    private final StorageAccess storage;
    private final String key;
    private final int workers;
    private final StateVector vector;
    private final SliceOwners owners;
    private final Broadcast<RunContext> context;
    private final Placement placement = new Placement();
    private final Set<RDD<?>> living = new LinkedHashSet<>();
    private @Nullable ChromeTrace trace;

    /**
     * Opens a runner.
     *
     * @param storage how executors reach checkpoints
     * @param key names the run and its owner, such as the run's location and the fencing token
     */
    public SparkRoundRunner(JavaSparkContext spark, StorageAccess storage, String key, WorkerKit kit, RunPlan plan) {
        this.spark = spark;
        this.storage = storage;
        this.key = key;
        this.workers = plan.settings().workers();
        this.vector = new StateVector(kit.layout(), plan.settings().averaging());
        this.owners = new SliceOwners(vector.slices(workers), workers);
        this.context = spark.broadcast(
                new RunContext(key, BuildInfo.current().toString(), kit, plan.settings(), plan.examples()));
    }

    /** Has the rounds that a trace wants traced into it. */
    public SparkRoundRunner tracedBy(ChromeTrace wanting) {
        trace = wanting;
        return this;
    }

    @Override
    public StateLayout layout() {
        return vector.layout();
    }

    @Override
    public RunState start() {
        Broadcast<RunContext> run = context;
        return place(
                0, "initial state", (space, owner) -> StateTasks.begin(ReplicaCache.of(run.value()), space, owner));
    }

    @Override
    public RunState restore(Location folder, List<SliceEntry> slices, int roundsDone) {
        Broadcast<RunContext> run = context;
        StateTasks.Files files = StateTasks.Files.of(storage, folder, slices);
        return place(
                roundsDone,
                "restore " + folder.name(),
                (space, owner) -> StateTasks.restore(ReplicaCache.of(run.value()), files, space, owner));
    }

    @Override
    public RoundResult run(Round round, RunState state) {
        long started = System.nanoTime();
        StateHandle before = ((SparkRunState) state).handle();
        List<String> places = placement.places(workers);
        spark.setJobGroup(ROUNDS, JobNames.of(spark, "round " + round.number() + " of epoch " + round.epoch()), true);
        spark.setLocalProperty(LogKeys.ROUND, String.valueOf(round.number()));
        PlacedRdd<Integer> shares = numbers(workers, places);
        JavaPairRDD<Integer, WorkerMessage> messages = asJava(shares)
                .mapPartitionsToPair(new ShareTask(context, round, before, shares.id(), isTraced(round)))
                .partitionBy(new OwnerPartitioner(owners.count()));
        PlacedRdd<Tuple2<Integer, WorkerMessage>> gathered =
                new PlacedRdd<>(messages.rdd(), places.subList(0, owners.count()));
        AverageTask.Spaces spaces = new AverageTask.Spaces(shares.id(), gathered.id(), shuffleOf(messages.rdd()));
        living.add(gathered);
        boolean done = false;
        try {
            List<OwnerResult> results = job(() -> asJava(gathered)
                    .mapPartitions(new AverageTask(context, round, before, spaces))
                    .collect());
            RoundResult result = resultOf(round, results, gathered, started);
            traceInto(round, results);
            done = true;
            return result;
        } finally {
            spark.clearJobGroup();
            spark.setLocalProperty(LogKeys.ROUND, null);
            shares.unpersist(false);
            messages.rdd().cleanShuffleDependencies(false);
            if (!done) {
                free(gathered);
            }
        }
    }

    private boolean isTraced(Round round) {
        return trace != null && trace.wants(round.number());
    }

    private void traceInto(Round round, List<OwnerResult> results) {
        ChromeTrace into = trace;
        if (into == null || !isTraced(round)) {
            return;
        }
        for (OwnerResult result : results) {
            into.add("executor " + result.home().executorId(), List.of(result.span()));
            result.messages()
                    .forEach(message -> into.add("executor " + message.home().executorId(), message.spans()));
        }
    }

    @Override
    public void startSaving(RunState state, Location folder) {
        describe("begin checkpoint " + folder.name());
        saving(state, folder, (handle, files, owner, parts) -> {
            BackgroundSaves.begin(handle, files, owner, parts);
            return new StateTasks.Saved(SliceBlocks.here().home(), List.of(), List.of());
        });
    }

    @Override
    public List<SliceEntry> save(RunState state, Location folder) {
        describe("checkpoint " + folder.name());
        List<StateTasks.Saved> saved = saving(state, folder, BackgroundSaves::finish);
        ChromeTrace into = trace;
        if (into != null && into.isAtWork()) {
            saved.forEach(one -> into.add("executor " + one.home().executorId(), one.spans()));
        }
        return saved.stream()
                .flatMap(one -> one.entries().stream())
                .map(entry -> new SliceEntry(entry.file(), entry.offset(), entry.length(), entry.sha256()))
                .sorted(Comparator.comparingInt(SliceEntry::offset))
                .toList();
    }

    private interface SaveTask extends Serializable {
        StateTasks.Saved call(StateHandle state, StateTasks.Files files, int owner, List<CheckpointPart> parts);
    }

    /** Runs a task for each owner where its slices live. */
    private List<StateTasks.Saved> saving(RunState state, Location folder, SaveTask task) {
        StateHandle handle = ((SparkRunState) state).handle();
        StateTasks.Files files = StateTasks.Files.of(storage, folder, List.of());
        List<CheckpointPart> parts = CheckpointPart.of(vector, owners);
        List<String> places = handle.homes().stream()
                .map(home -> home.isDriver() ? "" : PlacedRdd.place(home))
                .toList();
        return job(() -> asJava(numbers(owners.count(), places))
                .map(owner -> task.call(
                        handle,
                        files,
                        owner,
                        parts.stream().filter(part -> part.owner() == owner).toList()))
                .collect());
    }

    @Override
    public void release(RunState state) {
        free(((SparkRunState) state).space());
    }

    @Override
    public void close() {
        List.copyOf(living).forEach(this::free);
        String run = key;
        describe("drop replicas");
        // As many tasks as workers on the executors that had them: the others have nothing resident.
        job(() -> asJava(numbers(workers, placement.places(workers)))
                .map(worker -> {
                    ReplicaCache.drop(run);
                    return worker;
                })
                .count());
        context.destroy();
    }

    /** Names the next jobs, which are in no group: not in one either that an earlier verb has left on this thread. */
    private void describe(String what) {
        spark.clearJobGroup();
        spark.setJobDescription(JobNames.of(spark, what));
    }

    private void free(RDD<?> space) {
        space.unpersist(false);
        living.remove(space);
    }

    private interface PlaceTask extends Function2<Integer, Integer, BlockManagerId> {}

    private SparkRunState place(int roundsDone, String what, PlaceTask task) {
        describe(what);
        PlacedRdd<Integer> space = numbers(owners.count(), placement.places(owners.count()));
        living.add(space);
        int number = space.id();
        List<BlockManagerId> homes =
                job(() -> asJava(space).map(owner -> task.call(number, owner)).collect());
        return new SparkRunState(roundsDone, new StateHandle(number, homes, false), space);
    }

    private RoundResult resultOf(Round round, List<OwnerResult> results, RDD<?> space, long started) {
        for (OwnerResult result : results) {
            if (result.failure() != null) {
                throw exceptionOf(round, result.failure());
            }
        }
        List<WorkerReport> reports =
                results.get(0).messages().stream().map(WorkerMessage::report).toList();
        Acceptance.check(round, reports);
        Spread spread = Spread.NONE;
        double averageMillis = 0;
        long moved = results.get(0).messages().stream()
                .mapToLong(WorkerMessage::received)
                .sum();
        List<BlockManagerId> homes = new ArrayList<>();
        for (OwnerResult result : results) {
            for (Spread one : result.spreads()) {
                spread = spread.plus(one);
            }
            moved += result.received();
            averageMillis = Math.max(averageMillis, result.millis());
            homes.add(result.home());
        }
        double millis = (System.nanoTime() - started) / 1e6;
        SparkRunState state = new SparkRunState(
                round.number() + 1, new StateHandle(space.id(), homes, vector.resetsUpdater()), space);
        return new RoundResult(
                state, reports, spread.divergence(), moved, Map.of("round", millis, "average", averageMillis));
    }

    private static RuntimeException exceptionOf(Round round, Failure failure) {
        return switch (failure.kind()) {
            case DIVERGED -> new TrainingDivergedException(failure.message());
            case STATE_LOST ->
                new StateLostException("Round " + round.number()
                        + " cannot start, its state is gone with an executor: " + failure.message()
                        + "; continue from the state before it or from a checkpoint");
        };
    }

    /** Runs a job; what failed on an executor for a reason of ours is thrown as it was there. */
    private static <T> T job(Supplier<T> action) {
        try {
            return action.get();
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

    private PlacedRdd<Integer> numbers(int count, List<String> places) {
        List<Integer> numbers = IntStream.range(0, count).boxed().toList();
        return new PlacedRdd<>(spark.parallelize(numbers, count).rdd(), places);
    }

    private static <T> JavaRDD<T> asJava(RDD<T> rdd) {
        return JavaRDD.fromRDD(rdd, ClassTag.apply(Object.class));
    }

    private static int shuffleOf(RDD<?> shuffled) {
        return ((ShuffleDependency<?, ?, ?>) shuffled.dependencies().head()).shuffleId();
    }
}
