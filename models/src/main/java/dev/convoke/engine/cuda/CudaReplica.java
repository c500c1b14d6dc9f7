package dev.convoke.engine.cuda;

import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.OwnThread;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.cuda.CudaEngine.Choice;
import dev.convoke.engine.plan.Graph;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A network executed on one NVIDIA GPU, by a thread of its own. */
public final class CudaReplica implements Replica {

    private final OwnThread thread;
    private final Graph graph;
    private final Device device;
    private final Kernels kernels;
    private final StateVector state;
    private final Programs programs;
    private @Nullable Program resident;
    private int residentExamples;

    private CudaReplica(
            OwnThread thread, Graph graph, Device device, Kernels kernels, StateVector state, Programs all) {
        this.thread = thread;
        this.graph = graph;
        this.device = device;
        this.kernels = kernels;
        this.state = state;
        this.programs = all;
    }

    /**
     * Opens a replica whose state is all zeros.
     *
     * @throws dev.convoke.engine.EngineUnavailableException if this node has no such GPU or lacks a library
     */
    public static CudaReplica open(Gpu gpu, Graph graph, ReplicaSettings settings, Choice choice) {
        CudaLibraries.require(gpu);
        OwnThread thread = new OwnThread("cuda-replica-" + gpu.index());
        try {
            return thread.call(() -> on(new Device(gpu), thread, gpu, graph, settings, choice));
        } catch (RuntimeException | Error e) {
            thread.close();
            throw e;
        }
    }

    /** Makes a replica on a device, and frees the device if that fails: a task that is tried again needs the memory. */
    private static CudaReplica on(
            Device device, OwnThread thread, Gpu gpu, Graph graph, ReplicaSettings settings, Choice choice) {
        Numerics numerics = new Numerics(settings.precision(), choice == Choice.SAME_BITS);
        Kernels kernels = null;
        try {
            kernels = new Kernels(gpu, numerics.valueBytes());
            StateVector state = new StateVector(device, kernels, graph.layout(), settings.threads());
            Programs programs = new Programs(graph, settings.batch(), state, device, kernels, numerics);
            return new CudaReplica(thread, graph, device, kernels, state, programs);
        } catch (RuntimeException | Error failed) {
            if (kernels != null) {
                kernels.close();
            }
            device.close();
            throw failed;
        }
    }

    @Override
    public StateLayout layout() {
        return graph.layout();
    }

    @Override
    public void readState(int offset, FloatBuffer target) {
        readState(offset, List.of(target));
    }

    @Override
    public void readState(int offset, List<FloatBuffer> targets) {
        graph.layout()
                .requireRange(
                        offset,
                        targets.stream().mapToInt(FloatBuffer::remaining).sum());
        thread.run(() -> state.read(offset, targets));
    }

    @Override
    public void writeState(int offset, FloatBuffer source) {
        graph.layout().requireRange(offset, source.remaining());
        thread.run(() -> state.write(offset, source));
    }

    @Override
    public StepResult train(Minibatch batch, Step step) {
        return thread.call(() -> {
            Program program = programs.ready(batch, true);
            programs.buffers().load(batch);
            resident = program;
            residentExamples = batch.size();
            return run(program, step, batch.size());
        });
    }

    /**
     * Trains one step on the minibatch of the last {@link #train}, which is still in the GPU's memory.
     *
     * @throws IllegalStateException if there was none
     */
    public StepResult trainAgain(Step step) {
        return thread.call(() -> {
            if (resident == null) {
                throw new IllegalStateException("No minibatch is on the GPU: train on one before");
            }
            return run(resident, step, residentExamples);
        });
    }

    @Override
    public void expect(Minibatch minibatch) {
        thread.run(() -> {
            if (programs.hasBuffers()) {
                resident = null;
                programs.buffers().expect(minibatch);
            }
        });
    }

    /**
     * One step of a program and what it takes.
     *
     * @param title what it does
     * @param milliseconds the least of some runs
     */
    public record StepTime(String title, double milliseconds) {}

    /**
     * Returns what each step of training on a minibatch takes. The state is meaningless afterwards.
     *
     * @param runs how often each step is run
     */
    public List<StepTime> explain(Minibatch batch, int runs) {
        return thread.call(() -> {
            Program program = programs.ready(batch, true);
            programs.buffers().load(batch);
            programs.buffers().set(new Step(0, 0));
            program.run();
            List<StepTime> times = new ArrayList<>();
            for (dev.convoke.engine.cuda.Step step : program.steps()) {
                times.add(new StepTime(step.title(), device.milliseconds(step::run, runs)));
            }
            resident = null;
            return times;
        });
    }

    private StepResult run(Program program, Step step, int examples) {
        programs.buffers().set(step);
        program.run();
        state.changed();
        device.finish("training a step");
        return programs.buffers().result(examples);
    }

    @Override
    public void predict(Minibatch batch, FloatBuffer probabilities) {
        thread.run(() -> {
            Program program = programs.ready(batch, false);
            programs.buffers().load(batch);
            resident = null;
            program.run();
            programs.buffers().read(batch.size(), probabilities);
        });
    }

    /** Returns the bytes of the GPU's memory that the replica holds. */
    public long deviceBytes() {
        return thread.call(() -> state.bytes() + programs.bytes());
    }

    @Override
    public void close() {
        thread.run(this::release);
        thread.close();
    }

    private void release() {
        programs.close();
        state.close();
        kernels.close();
        device.close();
    }
}
