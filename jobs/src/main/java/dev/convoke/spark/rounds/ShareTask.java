package dev.convoke.spark.rounds;

import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.metrics.ProcessMemory;
import dev.convoke.metrics.trace.Span;
import dev.convoke.metrics.trace.SpanRecorder;
import dev.convoke.provenance.LogKeys;
import dev.convoke.spark.rounds.SliceStream.Lent;
import dev.convoke.spark.rounds.SliceStream.Wanted;
import dev.convoke.training.Round;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.Slice;
import dev.convoke.training.TrainingDivergedException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import scala.Tuple2;

/**
 * One worker's part of a round: fetches the state, trains its share, and leaves the result as blocks on its executor. A
 * pure function of (state, worker), whatever is resident.
 */
final class ShareTask implements PairFlatMapFunction<Iterator<Integer>, Integer, WorkerMessage> {

    private static final Logger LOG = LoggerFactory.getLogger(ShareTask.class);

    /** 64 MB: enough that a GPU's state is on the wire all the time, little enough to hold before it is kept. */
    private static final int SLICES_AT_ONCE = 16;

    private static final int ZEROS_AT_ONCE = 1 << 20;

    private final Broadcast<RunContext> context;
    private final Round round;
    private final StateHandle state;
    private final Spaces spaces;
    private final boolean traced;

    /**
     * The numbers that a worker's blocks are named with.
     *
     * @param results of its result; block {@code worker * slices + slice}
     * @param residuals of what rounding lost of it, if it is sent rounded; see {@link SliceOwners#residualIndex}
     */
    record Spaces(int results, int residuals) implements Serializable {}

    /**
     * Makes the task of all workers.
     *
     * @param traced whether it tells what it did when
     */
    ShareTask(Broadcast<RunContext> context, Round round, StateHandle state, Spaces spaces, boolean traced) {
        this.traced = traced;
        this.context = context;
        this.round = round;
        this.state = state;
        this.spaces = spaces;
    }

    @Override
    public Iterator<Tuple2<Integer, WorkerMessage>> call(Iterator<Integer> workers) {
        Residents residents = ReplicaCache.of(context.value());
        int worker = workers.next();
        WorkerMessage message;
        MDC.put(LogKeys.WORKER, String.valueOf(worker));
        try {
            message = messageOf(residents, worker);
            LOG.debug("Trained {} examples", message.report().examples());
        } finally {
            MDC.remove(LogKeys.WORKER);
        }
        List<Tuple2<Integer, WorkerMessage>> messages = new ArrayList<>();
        for (int owner = 0; owner < residents.owners().count(); owner++) {
            messages.add(new Tuple2<>(owner, message));
        }
        return messages.iterator();
    }

    private WorkerMessage messageOf(Residents residents, int worker) {
        SliceBlocks blocks = SliceBlocks.here();
        try {
            return round.shares().get(worker).minibatches() == 0
                    ? idle(residents, blocks, worker)
                    : trained(residents, blocks, worker);
        } catch (TrainingDivergedException diverged) {
            return failed(blocks, worker, Failure.of(Failure.Kind.DIVERGED, diverged));
        } catch (MissingSliceException missing) {
            return failed(blocks, worker, Failure.of(Failure.Kind.STATE_LOST, missing));
        }
    }

    private WorkerMessage idle(Residents residents, SliceBlocks blocks, int worker) {
        long received = residents.vector().hasResiduals()
                ? new RoundedResults(residents, blocks, state, spaces).carry(worker)
                : 0;
        return message(blocks, WorkerReport.idle(worker), received, List.of());
    }

    private WorkerMessage trained(Residents residents, SliceBlocks blocks, int worker) {
        try (Residents.Lease lease =
                residents.lease(round, worker, TaskContext.get().cpus())) {
            SpanRecorder recorder = lease.loop().recorder();
            if (traced) {
                recorder.switchOn();
            } else {
                recorder.switchOff();
            }
            String lane = "worker " + worker;
            long started = System.nanoTime();
            long received = receive(residents, blocks, worker, lease);
            recorder.record("receive", lane, started);
            double receiveMillis = (System.nanoTime() - started) / 1e6;
            WorkerReport report = lease.loop().train(lease.replica(), round);
            long trained = System.nanoTime();
            if (residents.vector().hasResiduals()) {
                received += new RoundedResults(residents, blocks, state, spaces)
                        .leave(round, worker, lease.replica(), lease.started());
            } else {
                leave(residents, blocks, worker, lease.replica());
            }
            lease.markGood();
            double sendMillis = (System.nanoTime() - trained) / 1e6;
            recorder.record("send", lane, trained);
            WorkerReport whole = report.withTransfer(receiveMillis, sendMillis);
            ReplicaCache.totals().add(whole, received);
            return message(blocks, whole, received, traced ? recorder.take() : List.of());
        }
    }

    private long receive(Residents residents, SliceBlocks blocks, int worker, Residents.Lease lease) {
        List<Incoming> incoming = incoming(residents, blocks, worker);
        List<Wanted> wanted = incoming.stream().map(Incoming::wanted).toList();
        try (SliceStream stream = new SliceStream(blocks, wanted);
                SlicesHere here =
                        new SlicesHere(lease.replica(), context.value().kit().needsGpu() ? SLICES_AT_ONCE : 1)) {
            for (Incoming next : incoming) {
                Lent lent = stream.next();
                if (lent.isFromElsewhere() || next.momentum) {
                    try (lent) {
                        receive(next, lent, blocks, lease);
                    }
                } else {
                    FloatBuffer values = lent.next();
                    lease.remember(next.slice.offset(), values);
                    here.add(next.slice.offset(), values, lent::close);
                }
            }
            here.write();
            if (state.zeroUpdater()) {
                writeZeros(residents.vector().layout(), lease.replica());
            }
            return stream.remoteBytes();
        }
    }

    private void receive(Incoming incoming, Lent lent, SliceBlocks blocks, Residents.Lease lease) {
        Slice slice = incoming.slice;
        ByteBuffer copy = incoming.keep && lent.isFromElsewhere() ? blocks.allocate(slice.length()) : null;
        for (int done = 0; done < slice.length(); ) {
            FloatBuffer values = lent.next();
            if (copy != null) {
                SliceBlocks.floats(copy).put(done, values, 0, values.remaining());
            }
            int count = values.remaining();
            if (!incoming.momentum) {
                lease.remember(slice.offset() + done, values);
                lease.replica().writeState(slice.offset() + done, values);
            }
            done += count;
        }
        if (copy != null) {
            blocks.put(state.space(), incoming.wanted.index(), copy);
        }
    }

    /** Nobody sends zeros: a round that resets the updater's state leaves no blocks of it. */
    private static void writeZeros(StateLayout layout, Replica replica) {
        FloatBuffer zeros = FloatBuffer.allocate(Math.min(layout.updaterStateCount(), ZEROS_AT_ONCE));
        for (int offset = layout.parameterCount(); offset < layout.valueCount(); offset += ZEROS_AT_ONCE) {
            int length = Math.min(ZEROS_AT_ONCE, layout.valueCount() - offset);
            replica.writeState(offset, zeros.slice(0, length));
        }
    }

    /**
     * A slice of the state that this worker fetches.
     *
     * @param momentum whether it is the outer optimizer's, which no replica holds: fetched only to be kept
     * @param keep whether this executor keeps a copy for the others
     */
    private record Incoming(Slice slice, boolean momentum, boolean keep, Wanted wanted) {}

    private List<Incoming> incoming(Residents residents, SliceBlocks blocks, int worker) {
        SliceOwners owners = residents.owners();
        List<Incoming> incoming = new ArrayList<>();
        for (int owner : owners.startingWith(worker % owners.count())) {
            boolean keep = state.isKeptBy(blocks.home(), owner);
            for (Slice slice : owners.of(owner)) {
                if (state.zeroUpdater() && !residents.vector().isParameters(slice)) {
                    continue;
                }
                incoming.add(new Incoming(slice, false, keep, state.wanted(slice.length(), slice.index(), owner)));
                if (keep && residents.vector().hasOuterMomentum(slice)) {
                    int index = owners.momentumIndex(slice);
                    incoming.add(new Incoming(slice, true, true, state.wanted(slice.length(), index, owner)));
                }
            }
        }
        return incoming;
    }

    private void leave(Residents residents, SliceBlocks blocks, int worker, Replica replica) {
        int slicesInAll = residents.owners().slices().size();
        List<Slice> slices = residents.owners().slices().stream()
                .filter(residents.vector()::travels)
                .toList();
        for (int first = 0; first < slices.size(); first += SLICES_AT_ONCE) {
            List<Slice> some = slices.subList(first, Math.min(first + SLICES_AT_ONCE, slices.size()));
            List<ByteBuffer> bytes =
                    some.stream().map(slice -> blocks.allocate(slice.length())).toList();
            replica.readState(
                    some.get(0).offset(),
                    bytes.stream().map(SliceBlocks::floats).toList());
            for (int i = 0; i < some.size(); i++) {
                blocks.put(spaces.results, worker * slicesInAll + some.get(i).index(), bytes.get(i));
            }
        }
    }

    private static WorkerMessage message(SliceBlocks blocks, WorkerReport report, long received, List<Span> spans) {
        return new WorkerMessage(
                report, null, blocks.home(), TaskContext.get().taskAttemptId(), received, ProcessMemory.here(), spans);
    }

    private static WorkerMessage failed(SliceBlocks blocks, int worker, Failure failure) {
        return new WorkerMessage(
                WorkerReport.idle(worker),
                failure,
                blocks.home(),
                TaskContext.get().taskAttemptId(),
                0,
                ProcessMemory.UNKNOWN,
                List.of());
    }
}
