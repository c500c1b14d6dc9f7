package dev.convoke.spark.rounds;

import static dev.convoke.spark.rounds.RoundFailures.orExplained;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.engine.StateLayout;
import dev.convoke.metrics.ProcessMemory;
import dev.convoke.metrics.trace.ChromeTrace;
import dev.convoke.provenance.BuildInfo;
import dev.convoke.provenance.LogKeys;
import dev.convoke.spark.JobNames;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.Location;
import dev.convoke.training.Acceptance;
import dev.convoke.training.Round;
import dev.convoke.training.RoundResult;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RoundRunner;
import dev.convoke.training.RunPlan;
import dev.convoke.training.RunState;
import dev.convoke.training.SavedState;
import dev.convoke.training.SliceAverager.Spread;
import dev.convoke.training.StateVector;
import dev.convoke.training.WorkerKit;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
        this.vector = new StateVector(kit.layout(), plan.settings().averaging(), workers);
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
        Placed state = place(
                owners.count(),
                "initial state",
                (space, owner) -> StateTasks.begin(ReplicaCache.of(run.value()), space, owner));
        return stateOf(0, state, null, false);
    }

    @Override
    public RunState restore(Location folder, List<SliceEntry> slices, int roundsDone) {
        Broadcast<RunContext> run = context;
        StateTasks.Files files = StateTasks.Files.of(storage, folder, slices);
        Placed state = place(
                owners.count(),
                "restore " + folder.name(),
                (space, owner) -> StateTasks.restore(ReplicaCache.of(run.value()), files, space, owner));
        Placed residuals = !vector.hasResiduals()
                ? null
                : place(
                        workers,
                        "restore what rounding lost, " + folder.name(),
                        (space, worker) ->
                                StateTasks.restoreResiduals(ReplicaCache.of(run.value()), files, space, worker));
        return stateOf(roundsDone, state, residuals, false);
    }

    @Override
    public RoundResult run(Round round, RunState state) {
        long started = System.nanoTime();
        StateHandle before = ((SparkRunState) state).handle();
        List<String> places = placement.places(workers);
        spark.setJobGroup(ROUNDS, JobNames.of(spark, "round " + round.number() + " of epoch " + round.epoch()), true);
        spark.setLocalProperty(LogKeys.ROUND, String.valueOf(round.number()));
        PlacedRdd<Integer> shares = numbers(workers, places);
        RDD<?> residuals = vector.hasResiduals() ? numbers(workers, places) : null;
        int residualSpace = residuals == null ? StateHandle.Residuals.NONE.space() : residuals.id();
        JavaPairRDD<Integer, WorkerMessage> messages = asJava(shares)
                .mapPartitionsToPair(new ShareTask(
                        context, round, before, new ShareTask.Spaces(shares.id(), residualSpace), isTraced(round)))
                .partitionBy(new OwnerPartitioner(owners.count()));
        PlacedRdd<Tuple2<Integer, WorkerMessage>> gathered =
                new PlacedRdd<>(messages.rdd(), places.subList(0, owners.count()));
        AverageTask.Spaces spaces = new AverageTask.Spaces(shares.id(), gathered.id(), shuffleOf(messages.rdd()));
        living.add(gathered);
        if (residuals != null) {
            living.add(residuals);
        }
        boolean done = false;
        try {
            List<OwnerResult> results = orExplained(() -> asJava(gathered)
                    .mapPartitions(new AverageTask(context, round, before, spaces))
                    .collect());
            RoundResult result = resultOf(round, results, gathered, residuals, started);
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
                if (residuals != null) {
                    free(residuals);
                }
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
            return new StateTasks.Saved(SliceBlocks.here().home(), List.of(), 0, List.of());
        });
    }

    @Override
    public SavedState save(RunState state, Location folder) {
        describe("checkpoint " + folder.name());
        List<StateTasks.Saved> saved = saving(state, folder, BackgroundSaves::finish);
        ChromeTrace into = trace;
        if (into != null && into.isAtWork()) {
            saved.forEach(one -> into.add("executor " + one.home().executorId(), one.spans()));
        }
        return StateTasks.whole(saved);
    }

    private interface SaveTask extends Serializable {
        StateTasks.Saved call(StateHandle state, StateTasks.Files files, int owner, List<CheckpointPart> parts);
    }

    /** Runs a task for each owner where its slices live. */
    private List<StateTasks.Saved> saving(RunState state, Location folder, SaveTask task) {
        StateHandle handle = ((SparkRunState) state).handle();
        StateTasks.Files files = StateTasks.Files.of(storage, folder, List.of());
        List<CheckpointPart> parts = CheckpointPart.of(vector, owners);
        List<String> places = Stream.concat(handle.homes().stream(), handle.residuals().homes().stream())
                .map(home -> home.isDriver() ? "" : PlacedRdd.place(home))
                .collect(Collectors.toCollection(ArrayList::new));
        int writers = owners.count() + (vector.hasResiduals() ? workers : 0);
        while (places.size() < writers) {
            places.add("");
        }
        return orExplained(() -> asJava(numbers(writers, places))
                .map(owner -> task.call(
                        handle,
                        files,
                        owner,
                        parts.stream().filter(part -> part.owner() == owner).toList()))
                .collect());
    }

    @Override
    public void release(RunState state) {
        ((SparkRunState) state).spaces().forEach(this::free);
    }

    @Override
    public void close() {
        List.copyOf(living).forEach(this::free);
        String run = key;
        describe("drop replicas");
        // As many tasks as workers on the executors that had them: the others have nothing resident.
        orExplained(() -> asJava(numbers(workers, placement.places(workers)))
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

    /** Blocks that tasks have placed. */
    private record Placed(RDD<?> space, List<BlockManagerId> homes) {}

    private Placed place(int tasks, String what, PlaceTask task) {
        describe(what);
        PlacedRdd<Integer> space = numbers(tasks, placement.places(tasks));
        living.add(space);
        int number = space.id();
        List<BlockManagerId> homes = orExplained(
                () -> asJava(space).map(index -> task.call(number, index)).collect());
        return new Placed(space, homes);
    }

    private static SparkRunState stateOf(
            int roundsDone, Placed slices, @Nullable Placed residuals, boolean zeroUpdater) {
        StateHandle.Residuals where = residuals == null
                ? StateHandle.Residuals.NONE
                : new StateHandle.Residuals(residuals.space.id(), residuals.homes);
        return new SparkRunState(
                roundsDone,
                new StateHandle(slices.space.id(), slices.homes, zeroUpdater, where),
                residuals == null ? List.of(slices.space) : List.of(slices.space, residuals.space));
    }

    private RoundResult resultOf(
            Round round, List<OwnerResult> results, RDD<?> space, @Nullable RDD<?> residuals, long started) {
        for (OwnerResult result : results) {
            if (result.failure() != null) {
                throw RoundFailures.exceptionOf(round, result.failure());
            }
        }
        List<WorkerReport> reports =
                results.get(0).messages().stream().map(WorkerMessage::report).toList();
        Acceptance.check(round, reports);
        Spread spread = Spread.NONE;
        double averageMillis = 0;
        ProcessMemory memory = ProcessMemory.UNKNOWN;
        for (WorkerMessage message : results.get(0).messages()) {
            memory = memory.max(message.memory());
        }
        long moved = results.get(0).messages().stream()
                .mapToLong(WorkerMessage::received)
                .sum();
        List<BlockManagerId> homes = new ArrayList<>();
        for (OwnerResult result : results) {
            for (Spread one : result.spreads()) {
                spread = spread.plus(one);
            }
            moved += result.received();
            memory = memory.max(result.memory());
            averageMillis = Math.max(averageMillis, result.millis());
            homes.add(result.home());
        }
        double millis = (System.nanoTime() - started) / 1e6;
        List<BlockManagerId> workerHomes =
                results.get(0).messages().stream().map(WorkerMessage::home).toList();
        SparkRunState state = stateOf(
                round.number() + 1,
                new Placed(space, homes),
                residuals == null ? null : new Placed(residuals, workerHomes),
                vector.resetsUpdater());
        return new RoundResult(
                state, reports, spread.divergence(), moved, memory, Map.of("round", millis, "average", averageMillis));
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
