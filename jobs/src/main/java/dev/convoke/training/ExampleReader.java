package dev.convoke.training;

import dev.convoke.data.Example;
import dev.convoke.data.Keys;
import dev.convoke.data.Permutation;
import dev.convoke.shard.ExampleGroups;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One worker's examples of each epoch in the order it trains them: its segment of the {@link EpochOrder}, mixed in
 * windows. Reads whole groups in their turn, and holds one window and one group at most, still encoded. What it returns
 * does not depend on what was asked before; asking in order is what makes it fast. Not thread-safe.
 */
final class ExampleReader {

    private final ExampleGroups groups;
    private final RunPlan plan;
    private final int worker;
    private final FeedSettings.Sampling sampling;

    private @Nullable EpochOrder order;
    private int epoch = -1;
    private long window = -1;
    private Drawn[] examples = {};
    private int groupInMemory = -1;
    private List<Example> groupExamples = List.of();

    /**
     * An example and its number in the manifest.
     *
     * @param example still encoded
     * @param ordinal its number in the manifest, from 0
     * @param copy how often it was drawn before in the same epoch
     */
    record Drawn(Example example, long ordinal, int copy) {}

    ExampleReader(ExampleGroups groups, RunPlan plan, int worker) {
        this(groups, plan, worker, FeedSettings.Sampling.UNIFORM);
    }

    ExampleReader(ExampleGroups groups, RunPlan plan, int worker, FeedSettings.Sampling sampling) {
        this.groups = groups;
        this.plan = plan;
        this.worker = worker;
        this.sampling = sampling;
    }

    /**
     * Returns an example of this worker's epoch.
     *
     * @param epoch counts from 0
     * @param index its place in what this worker trains in that epoch, from 0
     */
    Drawn at(int epoch, long index) {
        int size = plan.settings().shuffleWindow();
        long wanted = index / size;
        if (epoch != this.epoch || wanted != window) {
            load(epoch, wanted);
        }
        return examples[(int) (index % size)];
    }

    private void load(int epoch, long window) {
        TrainingSettings settings = plan.settings();
        if (order == null || epoch != this.epoch) {
            Draws draws = Draws.of(groups, sampling, settings.seed(), epoch);
            order = new EpochOrder(groups.sizes(), draws, settings.seed(), epoch);
        }
        this.epoch = epoch;
        this.window = -1;
        this.examples = new Drawn[0];
        long from = plan.segmentStart(worker) + window * settings.shuffleWindow();
        long to = Math.min(from + settings.shuffleWindow(), plan.segmentStart(worker + 1));
        Drawn[] inOrder = read(order, from, to);
        int[] mix = Permutation.of(inOrder.length, Keys.mix(settings.seed(), Randomness.WINDOW, epoch, worker, window));
        Drawn[] mixed = new Drawn[inOrder.length];
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] = inOrder[mix[i]];
        }
        this.examples = mixed;
        this.window = window;
    }

    private Drawn[] read(EpochOrder order, long from, long to) {
        Drawn[] drawn = new Drawn[Math.toIntExact(to - from)];
        long place = from;
        while (place < to) {
            int turn = order.turnOf(place);
            int[] rows = order.rows(turn);
            int[] copies = order.copies(turn);
            List<Example> stored = group(order.group(turn));
            long end = Math.min(to, order.firstPlace(turn + 1));
            for (; place < end; place++) {
                int turnPlace = (int) (place - order.firstPlace(turn));
                int row = rows[turnPlace];
                drawn[(int) (place - from)] = new Drawn(stored.get(row), order.ordinal(turn, row), copies[turnPlace]);
            }
        }
        return drawn;
    }

    private List<Example> group(int group) {
        if (group != groupInMemory) {
            groupInMemory = -1;
            groupExamples = List.of();
            groupExamples = groups.read(group);
            groupInMemory = group;
        }
        return groupExamples;
    }
}
