package dev.convoke.spark.rounds;

import dev.convoke.spark.rounds.AverageTask.Spaces;
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
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Averages some of an owner's slices, one after the other. Not thread-safe: each thread has one of its own. */
final class OwnerLane {

    private final Round round;
    private final StateHandle before;
    private final Spaces spaces;
    private final Residents residents;
    private final List<WorkerMessage> weighing;
    private final int owner;
    private final SliceBlocks blocks = SliceBlocks.here();
    private final SliceAverager averager;
    private final DeltaCodec codec;

    /**
     * What came of it.
     *
     * @param spreads of the slices, in their order
     * @param received bytes from other executors
     */
    record Outcome(List<Spread> spreads, long received) {}

    /**
     * Makes a lane of an owner.
     *
     * @param weighing the workers that trained something, in their order
     */
    OwnerLane(
            Round round,
            StateHandle before,
            Spaces spaces,
            Residents residents,
            List<WorkerMessage> weighing,
            int owner) {
        this.round = round;
        this.before = before;
        this.spaces = spaces;
        this.residents = residents;
        this.weighing = weighing;
        this.owner = owner;
        this.averager = residents.newAverager();
        this.codec = residents.newCodec();
    }

    /**
     * Averages slices and leaves them as blocks of the new state.
     *
     * @param lanes how many of this owner work at the same time: they share what may be on its way to it
     * @throws MissingSliceException if a worker's slice is lost, or one of the state before
     * @throws TrainingDivergedException if a worker's value is not finite, or one after the outer optimizer
     */
    Outcome average(List<Slice> slices, int lanes) {
        List<Spread> spreads = new ArrayList<>();
        long received = 0;
        try (SliceStream stream = new SliceStream(blocks, wanted(slices), lanes)) {
            for (Slice slice : slices) {
                ByteBuffer bytes = blocks.allocate(slice.length());
                FloatBuffer target = SliceBlocks.floats(bytes);
                FloatBuffer started = FloatBuffer.allocate(needsStart(slice) ? slice.length() : 0);
                if (started.hasRemaining()) {
                    received += read(before.wanted(slice.length(), slice.index(), owner), started);
                }
                spreads.add(averageOne(slice, stream, started, target));
                if (residents.vector().hasOuterMomentum(slice)) {
                    received += applyOuter(slice, started, target);
                }
                blocks.put(spaces.state(), slice.index(), bytes);
            }
            return new Outcome(spreads, received + stream.remoteBytes());
        }
    }

    private boolean isRounded() {
        return residents.vector().hasResiduals();
    }

    /** Returns whether a slice is averaged from what its workers started from. */
    private boolean needsStart(Slice slice) {
        return isRounded() || residents.vector().hasOuterMomentum(slice);
    }

    /** Returns how many bytes a worker's result of a slice has. */
    private int byteCount(Slice slice) {
        return isRounded() ? codec.byteCount(slice) : slice.length() * Float.BYTES;
    }

    /** Lists all workers' copies of a slice before those of the next, beginning with another worker in each owner. */
    private List<Wanted> wanted(List<Slice> slices) {
        int slicesInAll = residents.owners().slices().size();
        List<Wanted> wanted = new ArrayList<>();
        for (Slice slice : slices) {
            for (int i = 0; i < weighing.size(); i++) {
                WorkerMessage message = weighing.get((i + owner) % weighing.size());
                int index = message.report().worker() * slicesInAll + slice.index();
                wanted.add(new Wanted(spaces.outputs(), index, byteCount(slice), List.of(message.home())));
            }
        }
        return wanted;
    }

    private Spread averageOne(Slice slice, SliceStream stream, FloatBuffer started, FloatBuffer target) {
        Lent[] lent = new Lent[weighing.size()];
        try {
            for (int i = 0; i < lent.length; i++) {
                lent[(i + owner) % lent.length] = stream.next();
            }
            List<Contribution> contributions = new ArrayList<>();
            for (int i = 0; i < lent.length; i++) {
                WorkerReport report = weighing.get(i).report();
                Values values = isRounded() ? codec.decode(slice, Values.of(started), lent[i]) : lent[i];
                contributions.add(new Contribution(report.worker(), report.examples(), values));
            }
            return averager.average(round, slice, contributions, target);
        } finally {
            Arrays.stream(lent).filter(one -> one != null).forEach(Lent::close);
        }
    }

    private long applyOuter(Slice slice, FloatBuffer started, FloatBuffer target) {
        int momentumIndex = residents.owners().momentumIndex(slice);
        ByteBuffer bytes = blocks.allocate(slice.length());
        List<Wanted> wanted = List.of(before.wanted(slice.length(), momentumIndex, owner));
        try (SliceStream stream = new SliceStream(blocks, wanted);
                Lent momentum = stream.next()) {
            Outer outer = new Outer(Values.of(started), momentum, SliceBlocks.floats(bytes));
            averager.applyOuter(slice, target, outer);
            Acceptance.checkAverage("The outer optimizer", round, target, slice.offset());
            blocks.put(spaces.state(), momentumIndex, bytes);
            return stream.remoteBytes();
        }
    }

    /**
     * Reads a block of the state the workers started from, as a rule here; returns how many bytes came from elsewhere.
     */
    private long read(Wanted block, FloatBuffer target) {
        try (SliceStream stream = new SliceStream(blocks, List.of(block));
                Lent lent = stream.next()) {
            lent.read(target, target.remaining());
            target.flip();
            return stream.remoteBytes();
        }
    }
}
