package dev.convoke.training;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.metrics.ProcessMemory;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.training.DeltaCodec.Change;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.SliceAverager.Contribution;
import dev.convoke.training.SliceAverager.Outer;
import dev.convoke.training.SliceAverager.Spread;
import dev.convoke.training.SliceAverager.Values;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs the workers one after the other in this process, with one replica and the state in plain arrays: the oracle that
 * every other runner must equal to the bit. Not thread-safe.
 */
public final class InProcessRoundRunner implements RoundRunner {

    private final FileStores stores;
    private final WorkerKit kit;
    private final RunPlan plan;
    private final StateVector vector;
    private final List<Slice> slices;
    private final SliceAverager averager;
    private final DeltaCodec codec;
    private final Replica replica;
    private final Map<Integer, WorkerLoop> loops = new HashMap<>();
    private final Map<Location, Future<SavedState>> saving = new HashMap<>();
    private final ExecutorService writer = Executors.newSingleThreadExecutor(runnable -> {
        Thread thread = new Thread(runnable, "checkpoint-writer");
        thread.setDaemon(true);
        return thread;
    });

    private record ArrayState(int roundsDone, FloatBuffer values) implements RunState {}

    /**
     * Opens a runner.
     *
     * @param threads CPU threads that its replica computes with
     * @param stores for checkpoints
     */
    public InProcessRoundRunner(WorkerKit kit, RunPlan plan, int threads, FileStores stores) {
        this.stores = stores;
        Averaging averaging = plan.settings().averaging();
        this.kit = kit;
        this.plan = plan;
        this.vector = new StateVector(kit.layout(), averaging, plan.settings().workers());
        this.slices = vector.slices(plan.settings().workers());
        this.averager = new SliceAverager(vector, averaging);
        this.codec = new DeltaCodec(vector, averaging.exchange());
        this.replica = kit.openReplica(threads);
    }

    @Override
    public StateLayout layout() {
        return vector.layout();
    }

    @Override
    public RunState start() {
        FloatBuffer values = FloatBuffer.allocate(vector.valueCount());
        try (Replica fresh = kit.openReplica(1)) {
            fresh.readState(0, replicaPart(values));
        }
        return new ArrayState(0, values);
    }

    @Override
    public RunState restore(Location folder, List<SliceEntry> entries, int roundsDone) {
        return new ArrayState(roundsDone, WholeState.restore(stores, folder, entries, vector.valueCount()));
    }

    @Override
    public void startSaving(RunState state, Location folder) {
        saving.put(folder, writer.submit(() -> write(state, folder)));
    }

    @Override
    public SavedState save(RunState state, Location folder) {
        Future<SavedState> begun = saving.remove(folder);
        return begun == null ? write(state, folder) : Waiting.forResult(begun, "the slices of " + folder);
    }

    private SavedState write(RunState state, Location folder) {
        return SavedState.writing(() -> WholeState.save(stores, folder, ((ArrayState) state).values));
    }

    @Override
    public RoundResult run(Round round, RunState state) {
        long started = System.nanoTime();
        FloatBuffer before = ((ArrayState) state).values;
        FloatBuffer after = FloatBuffer.allocate(vector.valueCount());
        List<WorkerReport> reports = new ArrayList<>();
        List<WorkerResult> results = new ArrayList<>();
        for (Round.Share share : round.shares()) {
            if (share.minibatches() == 0) {
                reports.add(WorkerReport.idle(share.worker()));
                keepResiduals(share.worker(), before, after);
            } else {
                WorkerResult result = train(round, share.worker(), before);
                reports.add(result.report);
                results.add(result);
            }
        }
        Acceptance.check(round, reports);
        long trained = System.nanoTime();
        double divergence = average(round, results, before, after);
        Map<String, Double> phases =
                Map.of("train", (trained - started) / 1e6, "average", (System.nanoTime() - trained) / 1e6);
        return new RoundResult(
                new ArrayState(round.number() + 1, after), reports, divergence, 0, ProcessMemory.here(), phases);
    }

    /** Returns a copy of a state's values: the whole state vector. */
    public float[] values(RunState state) {
        return ((ArrayState) state).values.array().clone();
    }

    @Override
    public void release(RunState state) {
        // The collector frees arrays.
    }

    @Override
    public void close() {
        writer.shutdown();
        loops.values().forEach(WorkerLoop::close);
        replica.close();
    }

    private record WorkerResult(WorkerReport report, FloatBuffer values) {}

    private WorkerResult train(Round round, int worker, FloatBuffer before) {
        replica.writeState(0, replicaPart(before));
        WorkerLoop loop = loops.computeIfAbsent(worker, absent -> new WorkerLoop(kit, plan, worker));
        WorkerReport report = loop.train(replica, round);
        FloatBuffer after = FloatBuffer.allocate(vector.layout().valueCount());
        replica.readState(0, after.duplicate());
        return new WorkerResult(report, after);
    }

    private double average(Round round, List<WorkerResult> results, FloatBuffer before, FloatBuffer after) {
        Spread spread = Spread.NONE;
        for (Slice slice : slices) {
            List<Contribution> contributions = results.stream()
                    .map(result -> new Contribution(
                            result.report.worker(),
                            result.report.examples(),
                            sent(round, result, slice, before, after)))
                    .toList();
            FloatBuffer target = part(after, slice.offset(), slice.length());
            spread = spread.plus(averager.average(round, slice, contributions, target));
            if (vector.hasOuterMomentum(slice)) {
                int momentum = vector.outerMomentumOffset(slice);
                averager.applyOuter(
                        slice,
                        target,
                        new Outer(
                                valuesOf(before, slice),
                                Values.of(part(before, momentum, slice.length())),
                                part(after, momentum, slice.length())));
                Acceptance.checkAverage("The outer optimizer", round, target, slice.offset());
            }
        }
        return spread.divergence();
    }

    /** Returns a worker's slice as it arrives at its owner. */
    private Values sent(Round round, WorkerResult result, Slice slice, FloatBuffer before, FloatBuffer after) {
        Values values = valuesOf(result.values, slice);
        if (!vector.hasResiduals() || !vector.isParameters(slice)) {
            return values;
        }
        int worker = result.report.worker();
        int residual = vector.residualOffset(worker, slice);
        ByteBuffer bytes = ByteBuffer.allocate(codec.byteCount(slice));
        codec.encode(
                round,
                worker,
                slice,
                new Change(
                        valuesOf(before, slice),
                        values,
                        Values.of(part(before, residual, slice.length())),
                        part(after, residual, slice.length())),
                bytes);
        bytes.flip();
        return codec.decode(slice, valuesOf(before, slice), (target, length) -> bytes.get(target, 0, length));
    }

    private void keepResiduals(int worker, FloatBuffer before, FloatBuffer after) {
        if (vector.hasResiduals()) {
            int offset = vector.residualOffset(worker, slices.get(0));
            after.put(offset, before, offset, vector.layout().parameterCount());
        }
    }

    private static Values valuesOf(FloatBuffer state, Slice slice) {
        return Values.of(part(state, slice.offset(), slice.length()));
    }

    private FloatBuffer replicaPart(FloatBuffer values) {
        return part(values, 0, vector.layout().valueCount());
    }

    private static FloatBuffer part(FloatBuffer values, int offset, int length) {
        return values.slice(offset, length);
    }
}
