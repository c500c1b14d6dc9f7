package dev.convoke.training;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.training.Averaging.UpdaterPolicy;
import java.util.ArrayList;
import java.util.List;

/**
 * The state vector of a run: what a replica holds (parameters, then updater state), and behind it the outer optimizer's
 * momentum, one value for each parameter, if the run has an outer optimizer, and what rounding lost of each worker's
 * results, if they are sent rounded. Cut into slices that are never cut between a layer's batch-norm mean and variance,
 * and never span parameters and what follows them.
 */
public final class StateVector {

    /** 4 MB: large enough to be sent at full speed, small enough to overlap sending with summing. */
    private static final int LARGEST_SLICE = 1 << 20;

    private static final int SMALLEST_SLICE = 1 << 14;

    /** 256 MB: what one task may hold of one slice over all workers. */
    private static final int LARGEST_GATHER = 1 << 26;

    private final StateLayout layout;
    private final boolean outer;
    private final boolean updaterTravels;
    private final int residuals;
    private final List<Statistics> statistics;

    /**
     * The running statistics of one batch-norm layer, which are averaged together.
     *
     * @param mean first value of the means
     * @param variance first value of the variances, right behind the means
     * @param length how many of each
     */
    record Statistics(int mean, int variance, int length) {

        int end() {
            return variance + length;
        }
    }

    /**
     * Describes the state of a run.
     *
     * @throws InvalidSettingsException if it has more values than can be numbered
     */
    public StateVector(StateLayout layout, Averaging averaging, int workers) {
        this.layout = layout;
        this.outer = averaging.outer().isActive();
        this.updaterTravels = averaging.updater() == UpdaterPolicy.AVERAGE;
        this.statistics = layout.segments().stream()
                .filter(segment -> segment.kind() == Kind.MEAN)
                .map(mean -> statisticsOf(mean, layout))
                .toList();
        this.residuals = averaging.exchange().isRounded() ? workers : 0;
        long values = layout.valueCount() + ((outer ? 1L : 0L) + residuals) * layout.parameterCount();
        new Problems()
                .require(
                        values <= Integer.MAX_VALUE,
                        "exchange: a state of " + values + " values is too long, " + Integer.MAX_VALUE
                                + " are possible: " + workers + " workers keep what rounding lost of "
                                + layout.parameterCount() + " parameters; use fewer workers, or exchange: float32")
                .throwIfAny();
    }

    /** Returns the part that replicas hold. */
    public StateLayout layout() {
        return layout;
    }

    /** Returns whether the outer optimizer's momentum follows. */
    public boolean hasOuterMomentum() {
        return outer;
    }

    /** Returns how many values a run's state has. */
    public int valueCount() {
        return residualOffset(residuals);
    }

    /** Returns whether workers send their results rounded, and keep what rounding lost for the next round. */
    public boolean hasResiduals() {
        return residuals > 0;
    }

    /** Returns where stands what rounding lost of a slice of a worker's results; as long as the slice. */
    public int residualOffset(int worker, Slice slice) {
        return residualOffset(worker) + slice.offset();
    }

    private int residualOffset(int worker) {
        return layout.valueCount() + ((outer ? 1 : 0) + worker) * layout.parameterCount();
    }

    /**
     * Returns the slices of the part that replicas hold, in order and without gaps. The more workers a slice is
     * averaged over, the smaller it is, so that all their copies of it fit into memory.
     */
    public List<Slice> slices(int workers) {
        return cut(sliceValues(workers));
    }

    /** Returns how many bytes all workers' copies of one slice have at most: its owner holds them while it averages. */
    public static long gatherBytes(int workers) {
        return (long) workers * sliceValues(workers) * Float.BYTES;
    }

    private static int sliceValues(int workers) {
        return Math.max(SMALLEST_SLICE, Math.min(LARGEST_SLICE, LARGEST_GATHER / workers));
    }

    /**
     * Returns slices of {@code values} values; some have a few more so that batch-norm statistics stay whole, and the
     * last of the parameters and of the updater state have fewer.
     */
    List<Slice> cut(int values) {
        List<Slice> slices = new ArrayList<>();
        int offset = 0;
        while (offset < layout.valueCount()) {
            int limit = offset < layout.parameterCount() ? layout.parameterCount() : layout.valueCount();
            int end = (int) Math.min(limit, (long) offset + values);
            for (Statistics whole : statistics) {
                if (whole.mean < end && whole.end() > end) {
                    end = whole.end();
                }
            }
            slices.add(new Slice(slices.size(), offset, end - offset));
            offset = end;
        }
        return slices;
    }

    /** Returns where a parameter slice's outer momentum stands in the state vector; as long as the slice. */
    public int outerMomentumOffset(Slice slice) {
        return layout.valueCount() + slice.offset();
    }

    /** Returns whether a slice has a part of the outer optimizer's momentum beside it. */
    public boolean hasOuterMomentum(Slice slice) {
        return outer && isParameters(slice);
    }

    /** Returns whether a slice holds parameters; otherwise it holds updater state. */
    public boolean isParameters(Slice slice) {
        return slice.offset() < layout.parameterCount();
    }

    /**
     * Returns whether workers' results of a slice are averaged; if not, it is updater state that a round leaves zero.
     */
    public boolean travels(Slice slice) {
        return updaterTravels || isParameters(slice);
    }

    /** Returns whether a round leaves the updater state zero. */
    public boolean resetsUpdater() {
        return !updaterTravels;
    }

    /** Returns the batch-norm statistics within a slice, in order. */
    List<Statistics> statisticsIn(Slice slice) {
        return statistics.stream()
                .filter(whole -> whole.mean >= slice.offset() && whole.end() <= slice.end())
                .toList();
    }

    private static Statistics statisticsOf(Segment mean, StateLayout layout) {
        for (Segment segment : layout.segments()) {
            if (segment.kind() == Kind.VARIANCE && segment.layer().equals(mean.layer())) {
                if (segment.length() != mean.length() || segment.offset() != mean.offset() + mean.length()) {
                    break;
                }
                return new Statistics(mean.offset(), segment.offset(), mean.length());
            }
        }
        throw new IllegalArgumentException("Layer " + mean.layer()
                + " has a batch-norm mean without a variance of its length right behind it: the engine's state layout is"
                + " wrong");
    }
}
