package dev.convoke.training;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointHeader.Change;
import dev.convoke.checkpoint.CheckpointStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains, and does what the policy says when a round diverges. Where it goes on after a retry depends on nothing but
 * the checkpoints and the history in them, so a run that is killed in between ends in the same bytes.
 */
public final class ResilientTraining {

    /** The name in a checkpoint's history of what the recipe's learning rate is multiplied with. */
    public static final String RATE_SCALE = "learning rate scale";

    private static final Logger LOG = LoggerFactory.getLogger(ResilientTraining.class);

    private final DivergencePolicy policy;
    private final RunPlan plan;
    private final CheckpointStore checkpoints;

    /** One try: opens a runner, trains with it, closes it. */
    public interface Attempt {

        /**
         * Trains to the end, a stop, or a divergence.
         *
         * @param course the plan, with the learning rate as it is by now
         * @param guard to be put around the runner
         * @throws TrainingDivergedException if a round was refused; everything before it is committed
         */
        TrainingOutcome train(Course course, Guard guard);
    }

    /**
     * Where a try begins.
     *
     * @param number counts the tries of this process from 0
     * @param plan the rounds, with the learning rate as it is by now
     * @param from the checkpoint to continue from, or empty for the initial state
     * @param changes the history until then, oldest first
     */
    public record Course(int number, RunPlan plan, Optional<Checkpoint> from, List<Change> changes) {

        /** Copies the list. */
        public Course {
            changes = List.copyOf(changes);
        }
    }

    /**
     * Prepares a training.
     *
     * @param plan as the recipe has it
     * @param checkpoints of the run, recovered
     */
    public ResilientTraining(DivergencePolicy policy, RunPlan plan, CheckpointStore checkpoints) {
        this.policy = policy;
        this.plan = plan;
        this.checkpoints = checkpoints;
    }

    /**
     * Trains until the end, a stop, or a divergence that the policy has no answer to.
     *
     * @param from the checkpoint to continue from
     * @param changes its history, with what was allowed just now
     */
    public TrainingOutcome run(Optional<Checkpoint> from, List<Change> changes, Attempt attempt) {
        Optional<Checkpoint> begin = from;
        List<Change> history = new ArrayList<>(changes);
        for (int number = 0; ; number++) {
            Guard guard = new Guard(policy.limits());
            double scale = scaleOf(history);
            try {
                return attempt.train(new Course(number, plan.withRateScaled(scale), begin, history), guard);
            } catch (TrainingDivergedException diverged) {
                long retries = history.stream()
                        .filter(change -> change.what().equals(RATE_SCALE))
                        .count();
                if (policy.reaction() == DivergencePolicy.Reaction.FAIL || retries >= policy.retries()) {
                    throw diverged;
                }
                begin = checkpoints.rollBackTo(latestStart(guard.refusedRound()));
                int rounds = begin.map(checkpoint -> checkpoint.header().roundsDone())
                        .orElse(0);
                double lower = scale * policy.factor();
                history.add(new Change(rounds, RATE_SCALE, Double.toString(scale), Double.toString(lower)));
                LOG.warn(
                        "{} -- retry {} of {}: going on from round {} with {} times the learning rate",
                        diverged.getMessage(),
                        retries + 1,
                        policy.retries(),
                        rounds,
                        lower);
            }
        }
    }

    /** Returns what a history says the recipe's learning rate is multiplied with. */
    static double scaleOf(List<Change> history) {
        return history.stream()
                .filter(change -> change.what().equals(RATE_SCALE))
                .reduce((earlier, later) -> later)
                .map(change -> Double.parseDouble(change.to()))
                .orElse(1.0);
    }

    private int latestStart(int refusedRound) {
        return policy.reaction() == DivergencePolicy.Reaction.ROLL_BACK
                ? Math.max(0, refusedRound - policy.rounds())
                : refusedRound;
    }

    /** Refuses rounds beyond the limits, and remembers which round was refused. */
    public static final class Guard {

        private final DivergencePolicy.Limits limits;
        private int refused;

        Guard(DivergencePolicy.Limits limits) {
            this.limits = limits;
        }

        int refusedRound() {
            return refused;
        }

        /** Returns a runner whose every result is within the limits. Closing it closes the given one. */
        public RoundRunner around(RoundRunner runner) {
            return new GuardedRunner(runner, this);
        }
    }

    private record GuardedRunner(RoundRunner runner, Guard guard) implements RunnerAround {

        @Override
        public RoundResult run(Round round, RunState state) {
            guard.refused = round.number();
            RoundResult result = runner.run(round, state);
            guard.limits.check(round, result);
            return result;
        }
    }
}
