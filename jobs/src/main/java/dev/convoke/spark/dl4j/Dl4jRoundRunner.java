package dev.convoke.spark.dl4j;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.dl4j.NativeRuntime;
import dev.convoke.metrics.ProcessMemory;
import dev.convoke.spark.JobNames;
import dev.convoke.spark.dl4j.TrainedMinibatches.Trained;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.training.Acceptance;
import dev.convoke.training.Averaging.UpdaterPolicy;
import dev.convoke.training.DroppedDataException;
import dev.convoke.training.InvalidSettingsException;
import dev.convoke.training.Round;
import dev.convoke.training.RoundResult;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RoundRunner;
import dev.convoke.training.RunPlan;
import dev.convoke.training.RunState;
import dev.convoke.training.SavedState;
import dev.convoke.training.TrainingSettings;
import dev.convoke.training.WholeState;
import dev.convoke.training.WorkerKit;
import dev.convoke.training.WorkerLoop;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.CollectionAccumulator;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Runs rounds through DL4J's {@code ParameterAveragingTrainingMaster}, the state in the driver's memory. The same
 * minibatches, learning rates, checkpoints and metrics as {@link dev.convoke.spark.rounds.SparkRoundRunner}; what is
 * DL4J's own: the mean is over workers, not examples, and summed in any order in float32; dropout masks are random; the
 * loss contains the weight-decay term; accuracy and divergence are unknown. Not thread-safe.
 */
public final class Dl4jRoundRunner implements RoundRunner {

    private final JavaSparkContext spark;
    private final FileStores stores;
    private final WorkerKit kit;
    private final RoundNetwork network;
    private final RunPlan plan;
    private final StateLayout layout;

    private record DriverState(int roundsDone, FloatBuffer values) implements RunState {}

    /**
     * Opens a runner.
     *
     * @param stores for checkpoints, which the driver writes
     * @param kit gives the examples; its replicas are not used
     * @param configuration of the network, the same as the kit's
     * @throws InvalidSettingsException if the settings ask for what DL4J's master cannot do
     */
    public Dl4jRoundRunner(
            JavaSparkContext spark,
            FileStores stores,
            WorkerKit kit,
            ComputationGraphConfiguration configuration,
            RunPlan plan) {
        if (plan.settings().averaging().outer().isActive()) {
            throw new InvalidSettingsException(List.of("averaging: DL4J's master has no outer optimizer; remove"
                    + " outer_rate and outer_momentum, or use averaging.master: convoke"));
        }
        if (plan.settings().averaging().exchange().isRounded()) {
            throw new InvalidSettingsException(List.of("averaging: DL4J's master sends parameters in float32 only;"
                    + " remove exchange, or use averaging.master: convoke"));
        }
        NativeRuntime.prepare();
        this.spark = spark;
        this.stores = stores;
        this.kit = kit;
        this.network = new RoundNetwork(configuration);
        this.plan = plan;
        this.layout = kit.layout();
    }

    @Override
    public StateLayout layout() {
        return layout;
    }

    @Override
    public RunState start() {
        FloatBuffer values = FloatBuffer.allocate(layout.valueCount());
        network.writeInitial(values.slice(0, layout.parameterCount()));
        return new DriverState(0, values);
    }

    @Override
    public RunState restore(Location folder, List<SliceEntry> slices, int roundsDone) {
        return new DriverState(roundsDone, WholeState.restore(stores, folder, slices, layout.valueCount()));
    }

    @Override
    public SavedState save(RunState state, Location folder) {
        return SavedState.writing(() -> WholeState.save(stores, folder, ((DriverState) state).values));
    }

    @Override
    public RoundResult run(Round round, RunState state) {
        long started = System.nanoTime();
        spark.setJobDescription(
                JobNames.of(spark, "round " + round.number() + " of epoch " + round.epoch() + " by DL4J's master"));
        CollectionAccumulator<Trained> trained = spark.sc().collectionAccumulator("minibatches DL4J trained");
        JavaRDD<MultiDataSet> minibatches = minibatches(round);
        ReleasingMaster master = master(round);
        master.addHook(new TrainedMinibatches(trained));
        ComputationGraph graph = network.open(((DriverState) state).values, layout, rates(round));
        try {
            SparkComputationGraph onSpark = new SparkComputationGraph(spark, graph, master);
            master.executeTrainingMDS(onSpark, minibatches);
            FloatBuffer after = RoundNetwork.read(graph, layout);
            if (plan.settings().averaging().updater() == UpdaterPolicy.RESET) {
                after.slice(layout.parameterCount(), layout.updaterStateCount())
                        .put(new float[layout.updaterStateCount()]);
            }
            List<WorkerReport> reports = reports(round, trained.value());
            Acceptance.checkAverage("DL4J's master", round, after, 0);
            double millis = (System.nanoTime() - started) / 1e6;
            long moved = Float.BYTES
                    * (long) layout.valueCount()
                    * 2
                    * round.shares().size();
            return new RoundResult(
                    new DriverState(round.number() + 1, after),
                    reports,
                    RoundResult.UNKNOWN_DIVERGENCE,
                    moved,
                    ProcessMemory.UNKNOWN,
                    Map.of("round", millis));
        } finally {
            master.releaseBroadcast();
            minibatches.unpersist(false);
            graph.close();
        }
    }

    @Override
    public void release(RunState state) {
        // The collector frees arrays.
    }

    @Override
    public void close() {
        // Nothing stays on the executors.
    }

    /** One partition a worker, in worker order, each with its minibatches in order. */
    private JavaRDD<MultiDataSet> minibatches(Round round) {
        WorkerKit examples = kit;
        TrainingSettings settings = plan.settings();
        long count = plan.examples();
        List<Integer> workers = IntStream.range(0, settings.workers()).boxed().toList();
        JavaRDD<MultiDataSet> minibatches = spark.parallelize(workers, settings.workers())
                .flatMap(worker -> copies(examples, new RunPlan(settings, count), worker, round)
                        .iterator());
        return minibatches.persist(StorageLevel.MEMORY_AND_DISK_SER());
    }

    private static List<MultiDataSet> copies(WorkerKit kit, RunPlan plan, int worker, Round round) {
        NativeRuntime.prepare();
        try (MinibatchCopies copies = new MinibatchCopies(kit.layout());
                WorkerLoop loop = new WorkerLoop(kit, plan, worker)) {
            loop.train(copies, round);
            return copies.copies();
        }
    }

    /** As frequent as this round's largest share is long, so that DL4J makes one split of it and drops nothing. */
    private ReleasingMaster master(Round round) {
        int batch = plan.settings().batch();
        int frequency =
                round.shares().stream().mapToInt(Round.Share::minibatches).max().orElseThrow();
        ParameterAveragingTrainingMaster.Builder builder = new ParameterAveragingTrainingMaster.Builder(
                        plan.settings().workers(), batch)
                .batchSizePerWorker(batch)
                .averagingFrequency(frequency)
                .workerPrefetchNumBatches(0)
                .repartionData(Repartition.Never)
                .rddTrainingApproach(RDDTrainingApproach.Direct)
                .storageLevel(null)
                .saveUpdater(plan.settings().averaging().updater() == UpdaterPolicy.AVERAGE);
        return new ReleasingMaster(builder, batch);
    }

    private Map<Integer, Double> rates(Round round) {
        Round.Share longest = round.shares().stream()
                .max(java.util.Comparator.comparingInt(Round.Share::minibatches))
                .orElseThrow();
        Map<Integer, Double> rates = new HashMap<>();
        for (int i = 0; i < longest.minibatches(); i++) {
            rates.put(i, plan.learningRate(round.epoch(), longest.firstMinibatch() + i));
        }
        return rates;
    }

    static List<WorkerReport> reports(Round round, List<Trained> notes) {
        // Keyed, because a task that ran twice may have noted twice.
        Map<Integer, Map<Integer, Trained>> byWorker = new HashMap<>();
        for (Trained one : List.copyOf(notes)) {
            byWorker.computeIfAbsent(one.worker(), absent -> new HashMap<>()).put(one.step(), one);
        }
        List<WorkerReport> reports = new ArrayList<>();
        for (Round.Share share : round.shares()) {
            Map<Integer, Trained> trained = byWorker.getOrDefault(share.worker(), Map.of());
            long examples = 0;
            double lossSum = 0;
            for (Trained one : trained.values()) {
                examples += one.examples();
                lossSum += one.score() * one.examples();
            }
            if (examples != share.examples()) {
                throw new DroppedDataException("DL4J's master trained " + examples + " examples of worker "
                        + share.worker() + " in round " + round.number() + ", planned were " + share.examples()
                        + ": it has dropped data; use averaging.master: convoke");
            }
            reports.add(new WorkerReport(
                    share.worker(), examples, lossSum, WorkerReport.UNKNOWN_CORRECT, 0, 0, 0, 0, 0, 0));
        }
        return reports;
    }

    /** Copies values into a fresh row vector. */
    static INDArray row(FloatBuffer values) {
        INDArray row = Nd4j.createUninitialized(new long[] {1, values.remaining()});
        row.data().asNioFloat().put(values.duplicate());
        return row;
    }
}
