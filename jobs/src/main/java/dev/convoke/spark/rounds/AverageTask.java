package dev.convoke.spark.rounds;

import dev.convoke.metrics.trace.Span;
import dev.convoke.spark.rounds.SliceStream.Lent;
import dev.convoke.spark.rounds.SliceStream.Wanted;
import dev.convoke.training.Acceptance;
import dev.convoke.training.DeltaCodec;
import dev.convoke.training.Round;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.Slice;
import dev.convoke.training.SliceAverager;
import dev.convoke.training.SliceAverager.Contribution;
import dev.convoke.training.SliceAverager.Outer;
import dev.convoke.training.SliceAverager.Spread;
import dev.convoke.training.SliceAverager.Values;
import dev.convoke.training.TrainingDivergedException;
import dev.convoke.training.UnacceptableResultException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.shuffle.FetchFailedException;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * One owner's part of a round: fetches its slices from all workers, averages them in worker order, applies the outer
 * optimizer, and leaves the result as blocks of the new state. If a worker's slices are lost, Spark is told to run that
 * worker again.
 */
final class AverageTask implements FlatMapFunction<Iterator<Tuple2<Integer, WorkerMessage>>, OwnerResult> {

    private final Broadcast<RunContext> context;
    private final Round round;
    private final StateHandle before;
    private final Spaces spaces;

    /**
     * The numbers that a round's blocks are named with.
     *
     * @param outputs of the workers' results
     * @param state of the averaged state
     * @param shuffle the shuffle that carries the workers' messages
     */
    record Spaces(int outputs, int state, int shuffle) implements java.io.Serializable {}

    AverageTask(Broadcast<RunContext> context, Round round, StateHandle before, Spaces spaces) {
        this.context = context;
        this.round = round;
        this.before = before;
        this.spaces = spaces;
    }

    @Override
    public Iterator<OwnerResult> call(Iterator<Tuple2<Integer, WorkerMessage>> arrived) throws FetchFailedException {
        long started = System.nanoTime();
        int owner = TaskContext.getPartitionId();
        List<WorkerMessage> messages = new ArrayList<>();
        arrived.forEachRemaining(message -> messages.add(message._2()));
        messages.sort(Comparator.comparingInt(message -> message.report().worker()));
        if (messages.size() != round.shares().size()) {
            throw new UnacceptableResultException("Round " + round.number() + " has " + messages.size()
                    + " results for " + round.shares().size() + " workers");
        }
        Averaged averaged = new Averaged();
        for (WorkerMessage message : messages) {
            averaged.failure = averaged.failure == null ? message.failure() : averaged.failure;
        }
        if (averaged.failure == null) {
            average(owner, messages, averaged);
        }
        double millis = (System.nanoTime() - started) / 1e6;
        OwnerResult result = new OwnerResult(
                SliceBlocks.here().home(),
                averaged.spreads,
                owner == 0 ? messages : List.of(),
                averaged.failure,
                averaged.received,
                millis,
                Span.endingNow("average", "owner " + owner, millis));
        return List.of(result).iterator();
    }

    /** What comes together while averaging. */
    private static final class Averaged {
        private final List<Spread> spreads = new ArrayList<>();
        private long received;
        private @Nullable Failure failure;
    }

    /**
     * What an owner works with.
     *
     * @param weighing the workers that trained something
     */
    private record Tools(
            Residents residents,
            SliceBlocks blocks,
            SliceAverager averager,
            DeltaCodec codec,
            int owner,
            List<WorkerMessage> weighing) {

        boolean isRounded() {
            return residents.vector().hasResiduals();
        }

        /** Returns whether a slice is averaged from what its workers started from. */
        boolean needsStart(Slice slice) {
            return isRounded() || residents.vector().hasOuterMomentum(slice);
        }

        /** Returns how many bytes a worker's result of a slice has. */
        int byteCount(Slice slice) {
            return isRounded() ? codec.byteCount(slice) : slice.length() * Float.BYTES;
        }
    }

    private void average(int owner, List<WorkerMessage> messages, Averaged averaged) throws FetchFailedException {
        Residents residents = ReplicaCache.of(context.value());
        SliceBlocks blocks = SliceBlocks.here();
        List<WorkerMessage> weighing = messages.stream()
                .filter(message -> message.report().examples() > 0)
                .toList();
        Tools tools = new Tools(residents, blocks, residents.newAverager(), residents.newCodec(), owner, weighing);
        List<Slice> slices = residents.owners().of(owner).stream()
                .filter(residents.vector()::travels)
                .toList();
        try (SliceStream stream = new SliceStream(blocks, wanted(tools, slices))) {
            for (Slice slice : slices) {
                ByteBuffer bytes = blocks.allocate(slice.length());
                FloatBuffer target = SliceBlocks.floats(bytes);
                FloatBuffer started = FloatBuffer.allocate(tools.needsStart(slice) ? slice.length() : 0);
                if (started.hasRemaining()) {
                    averaged.received += read(before.wanted(slice.length(), slice.index(), owner), started);
                }
                averaged.spreads.add(averageOne(tools, slice, stream, started, target));
                if (residents.vector().hasOuterMomentum(slice)) {
                    averaged.received += applyOuter(tools, slice, started, target);
                }
                blocks.put(spaces.state, slice.index(), bytes);
            }
            averaged.received += stream.remoteBytes();
        } catch (TrainingDivergedException diverged) {
            averaged.failure = Failure.of(Failure.Kind.DIVERGED, diverged);
        } catch (MissingSliceException missing) {
            if (missing.space() == before.space()) {
                averaged.failure = Failure.of(Failure.Kind.STATE_LOST, missing);
            } else {
                throw runAgain(
                        messages, missing, owner, residents.owners().slices().size());
            }
        }
    }

    /** Lists all workers' copies of a slice before those of the next, beginning with another worker in each owner. */
    private List<Wanted> wanted(Tools tools, List<Slice> slices) {
        List<WorkerMessage> weighing = tools.weighing;
        int slicesInAll = tools.residents.owners().slices().size();
        List<Wanted> wanted = new ArrayList<>();
        for (Slice slice : slices) {
            for (int i = 0; i < weighing.size(); i++) {
                WorkerMessage message = weighing.get((i + tools.owner) % weighing.size());
                int index = message.report().worker() * slicesInAll + slice.index();
                wanted.add(new Wanted(spaces.outputs, index, tools.byteCount(slice), List.of(message.home())));
            }
        }
        return wanted;
    }

    private Spread averageOne(Tools tools, Slice slice, SliceStream stream, FloatBuffer started, FloatBuffer target) {
        Lent[] lent = new Lent[tools.weighing.size()];
        try {
            for (int i = 0; i < lent.length; i++) {
                lent[(i + tools.owner) % lent.length] = stream.next();
            }
            List<Contribution> contributions = new ArrayList<>();
            for (int i = 0; i < lent.length; i++) {
                WorkerReport report = tools.weighing.get(i).report();
                Values values = tools.isRounded() ? tools.codec.decode(slice, Values.of(started), lent[i]) : lent[i];
                contributions.add(new Contribution(report.worker(), report.examples(), values));
            }
            return tools.averager.average(round, slice, contributions, target);
        } finally {
            Arrays.stream(lent).filter(one -> one != null).forEach(Lent::close);
        }
    }

    private long applyOuter(Tools tools, Slice slice, FloatBuffer started, FloatBuffer target) {
        int momentumIndex = tools.residents.owners().momentumIndex(slice);
        ByteBuffer bytes = tools.blocks.allocate(slice.length());
        List<Wanted> wanted = List.of(before.wanted(slice.length(), momentumIndex, tools.owner));
        try (SliceStream stream = new SliceStream(tools.blocks, wanted);
                Lent momentum = stream.next()) {
            Outer outer = new Outer(Values.of(started), momentum, SliceBlocks.floats(bytes));
            tools.averager.applyOuter(slice, target, outer);
            Acceptance.checkAverage(round, target, slice.offset());
            tools.blocks.put(spaces.state, momentumIndex, bytes);
            return stream.remoteBytes();
        }
    }

    /**
     * Reads a block of the state the workers started from, as a rule here; returns how many bytes came from elsewhere.
     */
    private static long read(Wanted block, FloatBuffer target) {
        try (SliceStream stream = new SliceStream(SliceBlocks.here(), List.of(block));
                Lent lent = stream.next()) {
            lent.read(target, target.remaining());
            target.flip();
            return stream.remoteBytes();
        }
    }

    /** Tells Spark that a worker's result is lost, as if it had been part of the shuffle. */
    private FetchFailedException runAgain(
            List<WorkerMessage> messages, MissingSliceException missing, int owner, int slicesInAll) {
        int worker = missing.index() / slicesInAll;
        WorkerMessage lost = messages.get(worker);
        return new FetchFailedException(
                lost.home(), spaces.shuffle, lost.mapId(), worker, owner, missing.getMessage(), missing);
    }
}
