package dev.convoke.training;

import dev.convoke.data.Example;
import dev.convoke.data.Keys;
import dev.convoke.data.Permutation;
import dev.convoke.shard.ExampleGroups;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One worker's examples of each epoch in the order it trains them: its segment of the {@link EpochOrder}, mixed in
 * windows. Reads whole groups in their turn, those of the next window as the examples of this one are handed out, so
 * that the next window is there when it is needed. Holds, still encoded, at most one window and
 * {@value FeedSettings#GROUPS_BESIDE_WINDOW} groups. What it returns does not depend on what was asked before; asking
 * in order is what makes it fast. Not thread-safe.
 */
final class ExampleReader {

    private final ExampleGroups groups;
    private final RunPlan plan;
    private final int worker;
    private final FeedSettings.Sampling sampling;
    private final @Nullable Executor executor;
    private final GroupsAhead ahead;
    private final long allowance;

    private int epoch = -1;
    private @Nullable EpochOrder order;
    private int epochAfter = -1;
    private @Nullable CompletableFuture<EpochOrder> orderAfter;
    private long window = -1;
    private @Nullable Drawn[] examples = {};
    private long handedOut;
    private int groupInMemory = -1;
    private List<Example> groupExamples = List.of();
    private int nextEpoch;
    private int nextTurn;

    /**
     * An example and its number in the manifest.
     *
     * @param example still encoded
     * @param ordinal its number in the manifest, from 0
     * @param copy how often it was drawn before in the same epoch
     */
    record Drawn(Example example, long ordinal, int copy) {}

    /** Reads every group when it is needed, none ahead. */
    ExampleReader(ExampleGroups groups, RunPlan plan, int worker) {
        this(groups, plan, worker, FeedSettings.Sampling.UNIFORM, null);
    }

    /**
     * Reads ahead.
     *
     * @param executor reads, one group at a time; belongs to the caller; null to read nothing ahead
     */
    ExampleReader(
            ExampleGroups groups,
            RunPlan plan,
            int worker,
            FeedSettings.Sampling sampling,
            @Nullable Executor executor) {
        this.groups = groups;
        this.plan = plan;
        this.worker = worker;
        this.sampling = sampling;
        this.executor = executor;
        this.ahead = new GroupsAhead(groups, executor == null ? Runnable::run : executor);
        // Two of the groups are the one in use and the one that both windows share.
        this.allowance = (FeedSettings.GROUPS_BESIDE_WINDOW - 2L) * Collections.max(groups.sizes());
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
        int place = (int) (index % size);
        if (epoch != this.epoch || wanted != window || examples[place] == null) {
            load(epoch, wanted);
        }
        Drawn drawn = examples[place];
        if (drawn == null) {
            throw new IllegalStateException("A window without its example " + place + "; this is a defect of ours");
        }
        examples[place] = null; // makes room for what is read ahead
        handedOut++;
        if (executor != null) {
            readAhead(executor);
        }
        return drawn;
    }

    private void load(int epoch, long window) {
        TrainingSettings settings = plan.settings();
        EpochOrder current = orderOf(epoch);
        this.window = -1;
        this.examples = new Drawn[0];
        long from = plan.segmentStart(worker) + window * settings.shuffleWindow();
        long to = Math.min(from + settings.shuffleWindow(), plan.segmentStart(worker + 1));
        Drawn[] inOrder = read(current, from, to);
        int[] mix = Permutation.of(inOrder.length, Keys.mix(settings.seed(), Randomness.WINDOW, epoch, worker, window));
        Drawn[] mixed = new Drawn[inOrder.length];
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] = inOrder[mix[i]];
        }
        this.examples = mixed;
        this.handedOut = 0;
        this.window = window;
    }

    private EpochOrder orderOf(int epoch) {
        EpochOrder current = order;
        if (current == null || epoch != this.epoch) {
            CompletableFuture<EpochOrder> prepared = orderAfter;
            current = prepared != null && epoch == epochAfter
                    ? Waiting.forResult(prepared, "the order of an epoch")
                    : drawOrder(epoch);
            order = current;
            this.epoch = epoch;
        }
        return current;
    }

    private EpochOrder drawOrder(int epoch) {
        long seed = plan.settings().seed();
        return new EpochOrder(groups.sizes(), Draws.of(groups, sampling, seed, epoch), seed, epoch);
    }

    private Drawn[] read(EpochOrder order, long from, long to) {
        Drawn[] drawn = new Drawn[Math.toIntExact(to - from)];
        long place = from;
        while (place < to) {
            int turn = order.turnOf(place);
            int[] rows = order.rows(turn);
            int[] copies = order.copies(turn);
            List<Example> stored = group(order.group(turn), turn);
            long end = Math.min(to, order.firstPlace(turn + 1));
            for (; place < end; place++) {
                int turnPlace = (int) (place - order.firstPlace(turn));
                int row = rows[turnPlace];
                drawn[(int) (place - from)] = new Drawn(stored.get(row), order.ordinal(turn, row), copies[turnPlace]);
            }
        }
        return drawn;
    }

    private List<Example> group(int group, int turn) {
        Optional<List<Example>> begun = ahead.take(epoch, turn);
        boolean passedOver = nextEpoch < epoch || (nextEpoch == epoch && nextTurn <= turn);
        if (begun.isEmpty() && (group != groupInMemory || passedOver)) {
            ahead.clear();
            nextEpoch = epoch;
            nextTurn = turn + 1;
        }
        if (begun.isPresent() || group != groupInMemory) {
            groupInMemory = -1;
            groupExamples = List.of();
            groupExamples = begun.orElseGet(() -> groups.read(group));
            groupInMemory = group;
        }
        return groupExamples;
    }

    /** Returns how many different examples are held, or being read. */
    long held() {
        long inWindow = Arrays.stream(examples)
                .filter(Objects::nonNull)
                .map(Drawn::example)
                .distinct()
                .count();
        return inWindow + ahead.examples() + groupExamples.size();
    }

    /** Begins with as many groups as there is room for: what was handed out of this window, and a few groups. */
    private void readAhead(Executor executor) {
        Optional<EpochOrder> next = preparedOrder(executor);
        while (next.isPresent()) {
            EpochOrder there = next.get();
            if (there.firstPlace(nextTurn) >= plan.segmentStart(worker + 1)) {
                if (nextEpoch > epoch || nextEpoch + 1 >= plan.settings().epochs()) {
                    return;
                }
                nextEpoch++;
                nextTurn = -1;
                next = preparedOrder(executor);
                continue;
            }
            int group = there.group(nextTurn);
            long used = there.firstPlace(nextTurn + 1) - there.firstPlace(nextTurn);
            if (used > 0) {
                long size = Math.max(used, groups.sizes().get(group));
                if (ahead.examples() + size > handedOut + allowance) {
                    return;
                }
                ahead.begin(nextEpoch, nextTurn, group, size);
            }
            nextTurn++;
        }
    }

    /** Returns the order that is read ahead in, or empty while that of the next epoch is being drawn. */
    private Optional<EpochOrder> preparedOrder(Executor executor) {
        if (nextEpoch == epoch) {
            return Optional.ofNullable(order);
        }
        CompletableFuture<EpochOrder> prepared = orderAfter;
        if (prepared == null || epochAfter != nextEpoch) {
            int wanted = nextEpoch;
            prepared = CompletableFuture.supplyAsync(() -> drawOrder(wanted), executor);
            orderAfter = prepared;
            epochAfter = wanted;
        }
        if (!prepared.isDone()) {
            return Optional.empty();
        }
        EpochOrder there = Waiting.forResult(prepared, "the order of an epoch");
        if (nextTurn < 0) {
            nextTurn = there.turnOf(plan.segmentStart(worker));
        }
        return Optional.of(there);
    }
}
