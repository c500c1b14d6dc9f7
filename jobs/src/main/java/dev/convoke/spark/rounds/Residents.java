package dev.convoke.spark.rounds;

import dev.convoke.engine.Gpu;
import dev.convoke.engine.Replica;
import dev.convoke.provenance.BuildInfo;
import dev.convoke.spark.TaskGpus;
import dev.convoke.training.DeltaCodec;
import dev.convoke.training.Round;
import dev.convoke.training.RunPlan;
import dev.convoke.training.SliceAverager;
import dev.convoke.training.StateVector;
import dev.convoke.training.WorkerLoop;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What stays in an executor between the rounds of a run: replicas, and the workers' readers. Only a cache: whatever is
 * missing is made anew, and gives the same bytes. Safe for use by many tasks at once; each lends what it takes.
 */
final class Residents {

    /** A worker may have nothing to do in the last round of an epoch; one that is away for longer trains elsewhere. */
    private static final int MOST_ROUNDS_AWAY = 2;

    private final RunContext context;
    private final RunPlan plan;
    private final StateVector vector;
    private final SliceOwners owners;
    private final Map<Optional<Gpu>, Deque<Replica>> idleReplicas = new HashMap<>();
    private final Map<Integer, IdleLoop> idleLoops = new HashMap<>();
    private final Deque<FloatBuffer> idleCopies = new ArrayDeque<>();
    private boolean closed;

    /** A worker's reader, and the number of the last round it served in. */
    private record IdleLoop(WorkerLoop loop, int round) {}

    /**
     * Prepares for a run; replicas are made when they are first needed.
     *
     * @throws dev.convoke.spark.MixedBuildsException if the run's driver is of another build
     */
    Residents(RunContext context) {
        context.requireBuild(BuildInfo.current().toString());
        this.context = context;
        this.plan = new RunPlan(context.settings(), context.examples());
        this.vector = new StateVector(
                context.kit().layout(),
                context.settings().averaging(),
                context.settings().workers());
        this.owners = new SliceOwners(
                vector.slices(context.settings().workers()), context.settings().workers());
    }

    StateVector vector() {
        return vector;
    }

    SliceOwners owners() {
        return owners;
    }

    /** Returns what rounds workers' results; of use only if the run has residuals. */
    DeltaCodec newCodec() {
        return new DeltaCodec(vector, context.settings().averaging().exchange());
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

    /** Lends a replica and a worker's reader, for one task of a round. */
    Lease lease(Round round, int worker, int threads) {
        Optional<Gpu> gpu = gpu();
        Replica replica;
        IdleLoop idleLoop;
        synchronized (this) {
            Deque<Replica> idle = idleReplicas.get(gpu);
            replica = idle == null ? null : idle.pollFirst();
            idleLoop = idleLoops.remove(worker);
            closeLoopsOfWorkersThatMoved(round);
        }
        if (replica == null) {
            replica = openReplica(gpu, threads);
        }
        WorkerLoop loop = idleLoop == null ? new WorkerLoop(context.kit(), plan, worker) : idleLoop.loop;
        return new Lease(this, round, gpu, worker, replica, loop);
    }

    /** Rounds far ahead of this one are from before the run went back: their readers would have to go back, too. */
    private void closeLoopsOfWorkersThatMoved(Round round) {
        idleLoops.values().removeIf(idle -> {
            boolean away = Math.abs(round.number() - idle.round) > MOST_ROUNDS_AWAY;
            if (away) {
                idle.loop.close();
            }
            return away;
        });
    }

    /** Returns room for all parameters, outside the heap; null if nobody needs to know what a worker started from. */
    private synchronized @Nullable FloatBuffer takeCopy() {
        if (!vector.hasResiduals()) {
            return null;
        }
        FloatBuffer idle = idleCopies.pollFirst();
        int bytes = Math.multiplyExact(vector.layout().parameterCount(), Float.BYTES);
        return idle == null ? SliceBlocks.floats(ByteBuffer.allocateDirect(bytes)) : idle;
    }

    private synchronized void keepCopy(FloatBuffer copy) {
        if (!closed) {
            idleCopies.addFirst(copy);
        }
    }

    /** Keeps a replica for the next task, whatever it holds. */
    void keep(Optional<Gpu> gpu, Replica replica) {
        if (!kept(gpu, replica)) {
            replica.close();
        }
    }

    /** Frees everything that is idle now, and what is lent when it comes back. */
    void close() {
        synchronized (this) {
            closed = true;
        }
        idleReplicas.values().forEach(idle -> idle.forEach(Replica::close));
        idleLoops.values().forEach(idle -> idle.loop.close());
        idleReplicas.clear();
        idleLoops.clear();
        idleCopies.clear();
    }

    private synchronized boolean kept(Optional<Gpu> gpu, Replica replica) {
        if (!closed) {
            idleReplicas.computeIfAbsent(gpu, unseen -> new ArrayDeque<>()).addFirst(replica);
        }
        return !closed;
    }

    private synchronized boolean kept(Lease lease) {
        if (!kept(lease.gpu, lease.replica)) {
            return false;
        }
        IdleLoop other = idleLoops.put(lease.worker, new IdleLoop(lease.loop, lease.round.number()));
        if (other != null) {
            other.loop.close();
        }
        return true;
    }

    /** A replica and a reader in use by one task. They are kept only if the task says that all went well. */
    static final class Lease implements AutoCloseable {

        private final Residents residents;
        private final Round round;
        private final Optional<Gpu> gpu;
        private final int worker;
        private final Replica replica;
        private final WorkerLoop loop;
        private final @Nullable FloatBuffer started;
        private boolean good;

        private Lease(
                Residents residents, Round round, Optional<Gpu> gpu, int worker, Replica replica, WorkerLoop loop) {
            this.residents = residents;
            this.round = round;
            this.gpu = gpu;
            this.worker = worker;
            this.replica = replica;
            this.loop = loop;
            this.started = residents.takeCopy();
        }

        Replica replica() {
            return replica;
        }

        WorkerLoop loop() {
            return loop;
        }

        /** Remembers parameters that the worker starts from, if the run sends results rounded. */
        void remember(int offset, FloatBuffer values) {
            if (started != null && offset < started.capacity()) {
                started.put(offset, values, values.position(), values.remaining());
            }
        }

        /** Returns the parameters that were remembered. */
        FloatBuffer started() {
            return Objects.requireNonNull(started, "a run without residuals remembers nothing");
        }

        /** Says that replica and reader may serve again. */
        void markGood() {
            good = true;
        }

        @Override
        public void close() {
            if (started != null) {
                residents.keepCopy(started);
            }
            if (!good || !residents.kept(this)) {
                loop.close();
                replica.close();
            }
        }
    }
}
