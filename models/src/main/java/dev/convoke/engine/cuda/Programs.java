package dev.convoke.engine.cuda;

import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.cuda.Compilation.Purpose;
import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.Plan;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The programs of a replica, one for each batch size and purpose, over one block of the GPU's memory. */
final class Programs implements AutoCloseable {

    private final Graph graph;
    private final int largestBatch;
    private final StateVector state;
    private final Device device;
    private final Kernels kernels;
    private final Numerics numerics;
    private final Convolutions convolutions;
    private final Map<Purpose, Program> programs = new HashMap<>();
    private @Nullable Plan plan;
    private Compilation.@Nullable Parts parts;
    private @Nullable DeviceBlock arena;

    Programs(Graph graph, int largestBatch, StateVector state, Device device, Kernels kernels, Numerics numerics) {
        this.graph = graph;
        this.largestBatch = largestBatch;
        this.state = state;
        this.device = device;
        this.kernels = kernels;
        this.numerics = numerics;
        this.convolutions = new Convolutions(device, numerics);
    }

    /** Returns the program for a minibatch of this size, ready to run. */
    Program ready(Minibatch batch, boolean isTraining) {
        Plan known = planFor(batch);
        Compilation.Parts settled = parts == null ? settle(known) : parts;
        state.finish();
        Purpose purpose = new Purpose(batch.size(), isTraining, batch.pixels().isPresent());
        Program program = programs.get(purpose);
        if (program == null) {
            program = compile(known, purpose, settled);
            // A first bind tries matrix products in the arena, so that nothing may stand there yet.
            program.bind(arenaOf(program.arenaBytes()));
            programs.put(purpose, program);
            device.tuned().save();
        }
        return program;
    }

    /** Returns what goes into a step and comes out of it. */
    StepBuffers buffers() {
        return Saved.present(parts).buffers();
    }

    boolean hasBuffers() {
        return parts != null;
    }

    long bytes() {
        return (arena == null ? 0 : arena.bytes());
    }

    private Plan planFor(Minibatch batch) {
        if (plan == null) {
            plan = graph.plan(batch.shape());
        }
        batch.requireFits(plan.input(), plan.classes(), largestBatch);
        return plan;
    }

    private Compilation.Parts settle(Plan known) {
        InputLayout input = InputLayout.of(known, numerics.vector());
        long needed = Weights.bytes(known, input, numerics.valueBytes())
                + StepBuffers.bytes(known.input(), known.classes(), largestBatch);
        requireMemory(needed, "parameters, momentum and minibatches", largestBatch);
        Weights weights = new Weights(known, input, numerics.valueBytes());
        StepBuffers buffers = new StepBuffers(device, known.input(), known.classes(), largestBatch);
        Compilation.Parts made =
                new Compilation.Parts(device, kernels, convolutions, weights, buffers, input, numerics);
        parts = made;
        state.attach(weights);
        return made;
    }

    private Program compile(Plan known, Purpose purpose, Compilation.Parts settled) {
        Compilation compilation = new Compilation(known, purpose, settled);
        List<Saved> saved = new Forward(compilation).emit();
        if (purpose.isTraining()) {
            Update update = new Update(settled);
            new Backward(compilation, saved, update).emit();
            compilation.builder().add(update, update.regions());
        }
        return compilation.builder().build();
    }

    private DeviceBlock arenaOf(long bytes) {
        DeviceBlock old = arena;
        if (old != null && old.bytes() >= bytes) {
            return old;
        }
        if (old != null) {
            device.finish("growing its memory");
            old.close();
            arena = null;
        }
        requireMemory(bytes, "activations and gradients", largestBatch);
        DeviceBlock block = new DeviceBlock(bytes);
        arena = block;
        programs.values().forEach(program -> program.bind(block));
        return block;
    }

    /** Checks an allocation before it is made, so that the message has the figures. */
    private static void requireMemory(long needed, String purpose, int batch) {
        long free = Device.freeBytes();
        if (needed > free) {
            throw new EngineUnavailableException(String.format(
                    Locale.ROOT,
                    "A replica for minibatches of %d needs %.0f MB of the GPU's memory for %s, and %.0f MB are free:"
                            + " use smaller minibatches, or a GPU that nothing else computes on",
                    batch,
                    needed / 1e6,
                    purpose,
                    free / 1e6));
        }
    }

    @Override
    public void close() {
        programs.values().forEach(Program::close);
        convolutions.close();
        if (arena != null) {
            arena.close();
        }
        if (parts != null) {
            parts.weights().close();
            parts.buffers().close();
        }
    }
}
