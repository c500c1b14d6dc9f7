package dev.convoke.spark.rounds;

import dev.convoke.engine.Gpu;
import dev.convoke.engine.Replica;
import dev.convoke.provenance.BuildInfo;
import dev.convoke.spark.TaskGpus;
import dev.convoke.training.RunPlan;
import dev.convoke.training.SliceAverager;
import dev.convoke.training.StateVector;
import dev.convoke.training.WorkerLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What stays in an executor between the rounds of a run: replicas, and the workers' readers. Only a cache: whatever is
 * missing is made anew, and gives the same bytes. Safe for use by many tasks at once; each lends what it takes.
 */
final class Residents {

    private final RunContext context;
    private final RunPlan plan;
    private final StateVector vector;
    private final SliceOwners owners;
    private final Map<Optional<Gpu>, Deque<Replica>> idleReplicas = new HashMap<>();
    private final Map<Integer, WorkerLoop> idleLoops = new HashMap<>();
    private boolean closed;

    /**
     * Prepares for a run; replicas are made when they are first needed.
     *
     * @throws dev.convoke.spark.MixedBuildsException if the run's driver is of another build
     */
    Residents(RunContext context) {
        context.requireBuild(BuildInfo.current().toString());
        this.context = context;
        this.plan = new RunPlan(context.settings(), context.examples());
        this.vector = new StateVector(context.kit().layout(), context.settings().averaging());
        this.owners = new SliceOwners(
                vector.slices(context.settings().workers()), context.settings().workers());
    }

    StateVector vector() {
        return vector;
    }

    SliceOwners owners() {
        return owners;
    }

    SliceAverager newAverager() {
        return new SliceAverager(vector, context.settings().averaging());
    }

    /** Returns the GPU that the task of this thread computes on; empty if its kit needs none. */
    Optional<Gpu> gpu() {
        return context.kit().needsGpu() ? Optional.of(TaskGpus.ofThisTask()) : Optional.empty();
    }

    /** Opens a replica that holds the initial state. */
    Replica openReplica(Optional<Gpu> gpu, int threads) {
        return gpu.isPresent()
                ? context.kit().openReplica(gpu.get(), threads)
                : context.kit().openReplica(threads);
    }

    /** Lends a replica and a worker's reader, for one task. */
    Lease lease(int worker, int threads) {
        Optional<Gpu> gpu = gpu();
        Replica replica;
        WorkerLoop loop;
        synchronized (this) {
            Deque<Replica> idle = idleReplicas.get(gpu);
            replica = idle == null ? null : idle.pollFirst();
            loop = idleLoops.remove(worker);
        }
        if (replica == null) {
            replica = openReplica(gpu, threads);
        }
        if (loop == null) {
            loop = new WorkerLoop(context.kit(), plan, worker);
        }
        return new Lease(this, gpu, worker, replica, loop);
    }

    /** Keeps a replica for the next task, whatever it holds. */
    void keep(Optional<Gpu> gpu, Replica replica) {
        if (!kept(gpu, replica, -1, null)) {
            replica.close();
        }
    }

    /** Frees everything that is idle now, and what is lent when it comes back. */
    void close() {
        synchronized (this) {
            closed = true;
        }
        idleReplicas.values().forEach(idle -> idle.forEach(Replica::close));
        idleLoops.values().forEach(WorkerLoop::close);
        idleReplicas.clear();
        idleLoops.clear();
    }

    private synchronized boolean kept(Optional<Gpu> gpu, Replica replica, int worker, @Nullable WorkerLoop loop) {
        if (!closed) {
            idleReplicas.computeIfAbsent(gpu, unseen -> new ArrayDeque<>()).addFirst(replica);
            if (loop != null) {
                WorkerLoop other = idleLoops.put(worker, loop);
                if (other != null) {
                    other.close();
                }
            }
        }
        return !closed;
    }

    /** A replica and a reader in use by one task. They are kept only if the task says that all went well. */
    static final class Lease implements AutoCloseable {

        private final Residents residents;
        private final Optional<Gpu> gpu;
        private final int worker;
        private final Replica replica;
        private final WorkerLoop loop;
        private boolean good;

        private Lease(Residents residents, Optional<Gpu> gpu, int worker, Replica replica, WorkerLoop loop) {
            this.residents = residents;
            this.gpu = gpu;
            this.worker = worker;
            this.replica = replica;
            this.loop = loop;
        }

        Replica replica() {
            return replica;
        }

        WorkerLoop loop() {
            return loop;
        }

        /** Says that replica and reader may serve again. */
        void markGood() {
            good = true;
        }

        @Override
        public void close() {
            if (!good || !residents.kept(gpu, replica, worker, loop)) {
                loop.close();
                replica.close();
            }
        }
    }
}
