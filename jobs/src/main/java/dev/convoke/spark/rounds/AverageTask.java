package dev.convoke.spark.rounds;

import dev.convoke.metrics.ProcessMemory;
import dev.convoke.metrics.trace.Span;
import dev.convoke.spark.rounds.OwnerLane.Outcome;
import dev.convoke.training.Round;
import dev.convoke.training.Slice;
import dev.convoke.training.SliceAverager.Spread;
import dev.convoke.training.TrainingDivergedException;
import dev.convoke.training.UnacceptableResultException;
import dev.convoke.training.cost.RoundBytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.shuffle.FetchFailedException;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * One owner's part of a round: fetches its slices from all workers, averages them in worker order, applies the outer
 * optimizer, and leaves the result as blocks of the new state, with as many slices at a time as the task has cores. If
 * a worker's slices are lost, Spark is told to run that worker again.
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
                ProcessMemory.here(),
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

    private void average(int owner, List<WorkerMessage> messages, Averaged averaged) throws FetchFailedException {
        Residents residents = ReplicaCache.of(context.value());
        List<WorkerMessage> weighing = messages.stream()
                .filter(message -> message.report().examples() > 0)
                .toList();
        List<Slice> slices = residents.owners().of(owner).stream()
                .filter(residents.vector()::travels)
                .toList();
        int lanes = lanes(slices, weighing.size());
        List<Supplier<Outcome>> parts = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            List<Slice> some = slices.subList(lane * slices.size() / lanes, (lane + 1) * slices.size() / lanes);
            OwnerLane work = new OwnerLane(round, before, spaces, residents, weighing, owner);
            parts.add(() -> work.average(some, lanes));
        }
        try {
            for (Outcome outcome : TaskThreads.all(parts)) {
                averaged.spreads.addAll(outcome.spreads());
                averaged.received += outcome.received();
            }
        } catch (TrainingDivergedException diverged) {
            averaged.failure = Failure.of(Failure.Kind.DIVERGED, diverged);
        } catch (MissingSliceException missing) {
            int slicesInAll = residents.owners().slices().size();
            if (missing.space() == before.space()) {
                averaged.failure = Failure.of(Failure.Kind.STATE_LOST, missing);
            } else if (missing.wrongLength().isPresent()) {
                averaged.failure =
                        unacceptable(messages, missing, missing.wrongLength().get(), slicesInAll);
            } else {
                throw runAgain(messages, missing, owner, slicesInAll);
            }
        }
    }

    /** Not run again: a worker that leaves a result of another length would do so again. */
    private Failure unacceptable(
            List<WorkerMessage> messages, MissingSliceException missing, WrongLengthException wrong, int slicesInAll) {
        int worker = missing.index() / slicesInAll;
        return new Failure(
                Failure.Kind.UNACCEPTABLE,
                "Slice " + missing.index() % slicesInAll + " of worker " + worker + "'s result in round "
                        + round.number() + " is wrong: " + wrong.getMessage() + " (on "
                        + messages.get(worker).home() + "); nothing of the round counts, and what is committed is"
                        + " intact: run the same command again without that machine, and report it if it happens on"
                        + " another one, too");
    }

    /** Returns how many slices to average at a time: as there are cores, slices, and room for. */
    private static int lanes(List<Slice> slices, int workers) {
        int longest = slices.stream().mapToInt(Slice::length).max().orElse(1);
        long room = RoundBytes.AT_WORK / Math.max(1, (long) workers * longest * Float.BYTES);
        return (int) Math.max(1, Math.min(Math.min(TaskContext.get().cpus(), slices.size()), room));
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
