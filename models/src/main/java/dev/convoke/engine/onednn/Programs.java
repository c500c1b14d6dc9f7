package dev.convoke.engine.onednn;

import dev.convoke.engine.Minibatch;
import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.Plan;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The programs of a replica, one for each batch size and purpose, over one block of memory. */
final class Programs implements AutoCloseable {

    private final Graph graph;
    private final int largestBatch;
    private final WeightStore store;
    private final StateAccess state;
    private final ReplicaContext context;
    private final Map<Purpose, Program> programs = new HashMap<>();
    private @Nullable Plan plan;
    private @Nullable NativeBlock arena;
    private long compileNanoseconds;

    Programs(Graph graph, int largestBatch, WeightStore store, StateAccess state, ReplicaContext context) {
        this.graph = graph;
        this.largestBatch = largestBatch;
        this.store = store;
        this.state = state;
        this.context = context;
    }

    private record Purpose(int batch, boolean isTraining) {}

    /** Returns the program that trains on a minibatch of this size, ready to run. */
    Program training(Minibatch batch) {
        return ready(batch, true);
    }

    /** Returns the program that predicts a minibatch of this size, ready to run. */
    Program prediction(Minibatch batch) {
        return ready(batch, false);
    }

    /** Returns how long compiling all of them took. */
    long compileMilliseconds() {
        return compileNanoseconds / 1_000_000;
    }

    private Program ready(Minibatch batch, boolean isTraining) {
        Plan known = planFor(batch);
        state.finish();
        Purpose purpose = new Purpose(batch.size(), isTraining);
        Program program = programs.get(purpose);
        if (program == null) {
            long before = System.nanoTime();
            program = compile(known, purpose);
            compileNanoseconds += System.nanoTime() - before;
            programs.put(purpose, program);
        }
        return program;
    }

    private Plan planFor(Minibatch batch) {
        if (plan == null) {
            plan = graph.plan(batch.shape());
        }
        batch.requireFits(plan.input(), plan.classes(), largestBatch);
        return plan;
    }

    private Program compile(Plan known, Purpose purpose) {
        MemoryLimit.ofThisProcess().require(store.bytesToCompile(purpose.isTraining()), 0, purpose.batch());
        Compilation compilation = new Compilation(known, purpose.batch(), purpose.isTraining(), store, context);
        Program program = compilation.builder().build(compilation.emit());
        program.bind(arenaOf(program.arenaBytes(), purpose.batch()));
        return program;
    }

    private NativeBlock arenaOf(long bytes, int batch) {
        NativeBlock old = arena;
        if (old != null && old.bytes() >= bytes) {
            return old;
        }
        MemoryLimit.ofThisProcess().require(0, bytes, batch);
        NativeBlock block = new NativeBlock(bytes);
        arena = block;
        state.lend(block);
        programs.values().forEach(program -> program.bind(block));
        if (old != null) {
            old.close();
        }
        return block;
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }
}
