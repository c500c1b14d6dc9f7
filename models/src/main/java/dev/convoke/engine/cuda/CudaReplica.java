package dev.convoke.engine.cuda;

import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.cuda.CudaEngine.Choice;
import dev.convoke.engine.plan.Graph;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A network executed on one NVIDIA GPU. Every call makes that GPU the current one of the thread that calls. */
public final class CudaReplica implements Replica {

    private final Graph graph;
    private final Device device;
    private final Kernels kernels;
    private final StateVector state;
    private final Programs programs;
    private @Nullable Program resident;
    private int residentExamples;

    private CudaReplica(Graph graph, Device device, Kernels kernels, StateVector state, Programs all) {
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
        Device device = new Device(gpu);
        Numerics numerics = new Numerics(settings.precision(), choice == Choice.SAME_BITS);
        Kernels kernels = null;
        try {
            kernels = new Kernels(gpu, numerics.valueBytes());
            StateVector state = new StateVector(device, kernels, graph.layout(), settings.threads());
            Programs programs = new Programs(graph, settings.batch(), state, device, kernels, numerics);
            return new CudaReplica(graph, device, kernels, state, programs);
        } catch (RuntimeException | Error failed) {
            // A task that is tried again needs the memory.
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
        requireRange(offset, targets);
        device.use();
        state.read(offset, targets);
    }

    @Override
    public void writeState(int offset, FloatBuffer source) {
        writeState(offset, List.of(source));
    }

    @Override
    public void writeState(int offset, List<FloatBuffer> sources) {
        requireRange(offset, sources);
        device.use();
        state.write(offset, sources);
    }

    private void requireRange(int offset, List<FloatBuffer> parts) {
        graph.layout()
                .requireRange(
                        offset, parts.stream().mapToInt(FloatBuffer::remaining).sum());
    }

    @Override
    public StepResult train(Minibatch batch, Step step) {
        device.use();
        Program program = programs.ready(batch, true);
        programs.buffers().load(batch);
        resident = program;
        residentExamples = batch.size();
        return run(program, step, batch.size());
    }

    /**
     * Trains one step on the minibatch of the last {@link #train}, which is still in the GPU's memory.
     *
     * @throws IllegalStateException if there was none
     */
    public StepResult trainAgain(Step step) {
        device.use();
        if (resident == null) {
            throw new IllegalStateException("No minibatch is on the GPU: train on one before");
        }
        return run(resident, step, residentExamples);
    }

    @Override
    public void expect(Minibatch minibatch) {
        device.use();
        if (programs.hasBuffers()) {
            resident = null;
            programs.buffers().expect(minibatch);
        }
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
        device.use();
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
        device.use();
        Program program = programs.ready(batch, false);
        programs.buffers().load(batch);
        resident = null;
        program.run();
        programs.buffers().read(batch.size(), probabilities);
    }

    /** Returns the bytes of the GPU's memory that the replica holds. */
    public long deviceBytes() {
        return state.bytes() + programs.bytes();
    }

    @Override
    public void close() {
        device.useForClosing();
        programs.close();
        state.close();
        kernels.close();
        device.close();
    }
}
