package dev.convoke.engine.onednn;

import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.OwnThread;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.dl4j.InitialState;
import dev.convoke.engine.dl4j.NativeRuntime;
import dev.convoke.engine.plan.Graph;
import dev.convoke.models.ImageShape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/** A network executed on oneDNN, on a thread of its own with its own team of native threads. */
final class OnednnReplica implements Replica {

    private final OwnThread thread;
    private final Graph graph;
    private final Natives natives = new Natives();
    private final WeightStore store;
    private final StateAccess state;
    private final Programs programs;
    private final StepSettings settings = new StepSettings();
    private final Team team;
    private final int largestBatch;

    private OnednnReplica(OwnThread thread, Graph graph, ReplicaSettings replica, int dataType) {
        this.thread = thread;
        this.graph = graph;
        this.largestBatch = replica.batch();
        this.store = WeightStore.of(graph, natives);
        this.state = new StateAccess(graph.layout(), store);
        this.team = new Team(replica.threads());
        this.programs = new Programs(
                graph, replica.batch(), store, state, new ReplicaContext(natives, dataType, settings, team));
    }

    static OnednnReplica open(
            ComputationGraphConfiguration configuration, Graph graph, ReplicaSettings settings, int dataType) {
        // The parameters, and DL4J's copy that they start from.
        MemoryLimit.ofThisProcess().require(2L * Float.BYTES * graph.layout().parameterCount(), 0, settings.batch());
        OwnThread thread = new OwnThread("onednn-replica");
        try {
            return thread.call(() -> {
                NativeRuntime.useOpenMpThreads(settings.threads());
                OnednnReplica replica = new OnednnReplica(thread, graph, settings, dataType);
                try {
                    InitialState.lend(configuration, parameters -> replica.state.write(0, parameters));
                    return replica;
                } catch (RuntimeException | Error e) {
                    replica.release();
                    throw e;
                }
            });
        } catch (RuntimeException | Error e) {
            thread.close();
            throw e;
        }
    }

    @Override
    public StateLayout layout() {
        return graph.layout();
    }

    @Override
    public void readState(int offset, FloatBuffer target) {
        graph.layout().requireRange(offset, target.remaining());
        thread.run(() -> state.read(offset, target));
    }

    @Override
    public void writeState(int offset, FloatBuffer source) {
        graph.layout().requireRange(offset, source.remaining());
        thread.run(() -> state.write(offset, source));
    }

    @Override
    public StepResult train(Minibatch batch, Step step) {
        return thread.call(() -> {
            settings.set(step.learningRate(), step.dropoutKey());
            settings.read(batch);
            programs.training(batch).run();
            return new StepResult(batch.size(), settings.lossSum(), settings.correct());
        });
    }

    @Override
    public void predict(Minibatch batch, FloatBuffer probabilities) {
        thread.run(() -> {
            settings.read(batch);
            Program program = programs.prediction(batch);
            program.run();
            probabilities.put(program.output().slice(0, batch.size() * batch.classes()));
        });
    }

    @Override
    public void close() {
        thread.run(this::release);
        thread.close();
    }

    /** Returns how long compiling has taken so far. */
    long compileMilliseconds() {
        return thread.call(programs::compileMilliseconds);
    }

    /** Compiles for a full minibatch, runs it some times on zeros, and tells what each step is. */
    Explanation explain(ImageShape image, boolean isTraining, int runs) {
        return thread.call(() -> {
            Minibatch batch = new Minibatch(image, graph.classes(), largestBatch);
            batch.resize(largestBatch);
            settings.set(0, 0);
            settings.read(batch);
            Program program = isTraining ? programs.training(batch) : programs.prediction(batch);
            long[][] times = new long[runs][program.steps().size()];
            for (long[] run : times) {
                program.run(run);
            }
            List<Explanation.Row> rows = new ArrayList<>();
            for (int i = 0; i < program.steps().size(); i++) {
                int step = i;
                long[] sorted = Arrays.stream(times)
                        .mapToLong(run -> run[step])
                        .sorted()
                        .toArray();
                rows.add(program.steps().get(i).row().explained(runs == 0 ? 0 : sorted[runs / 2] / 1e6));
            }
            return new Explanation(rows, store.bytes(), program.arenaBytes(), programs.compileMilliseconds());
        });
    }

    private void release() {
        programs.close();
        team.close();
        state.close();
        natives.close();
        store.close();
    }
}
