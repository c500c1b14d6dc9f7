package dev.convoke.training;

import dev.convoke.training.RoundResult.WorkerReport;

/**
 * What counts as divergence besides what is not finite, and what to do about it. A round that diverged is never
 * committed. Because every round is a pure function of the state before it, going back alone would only repeat it: a
 * retry always goes on with a lower learning rate, from a committed state, and the change is written into the history.
 *
 * @param reaction what to do
 * @param halvings how often a retry halves the learning rate, at least 1: powers of two keep every product exact
 * @param rounds ROLL_BACK: how many rounds before the refused one the retry begins at the latest, at least 1
 * @param retries how many retries a run has in all, at least 0
 * @param limits beyond these a finite round is refused too
 */
public record DivergencePolicy(Reaction reaction, int halvings, int rounds, int retries, Limits limits) {

    /** What to do about a round that diverged. */
    public enum Reaction {
        /** The run ends with everything before the round committed. */
        FAIL,
        /** Again from the newest checkpoint, with a lower learning rate from there on. */
        LOWER_RATE,
        /** As LOWER_RATE, but from a checkpoint at least so many rounds back; newer ones are set aside. */
        ROLL_BACK
    }

    /**
     * Beyond these a round has exploded though every value is finite. They look at one round alone, so that a resumed
     * run decides as one that was never stopped.
     *
     * @param loss largest mean loss of one worker's examples, in nats
     * @param spread largest {@link RoundResult#divergence}: near 1 one worker's parameters outweigh all others'
     */
    public record Limits(double loss, double spread) {

        /** Refuses only what is not finite. */
        public static final Limits NONE = new Limits(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

        /** Checks the values. */
        public Limits {
            new Problems()
                    .require(loss > 0, "loss: " + loss + " is not above 0")
                    .require(spread > 0, "spread: " + spread + " is not above 0")
                    .throwIfAny();
        }

        /**
         * Checks a round's result.
         *
         * @throws TrainingDivergedException naming the worker and what is beyond its limit
         */
        void check(Round round, RoundResult result) {
            for (WorkerReport worker : result.workers()) {
                double mean = worker.lossSum() / Math.max(1, worker.examples());
                if (mean > loss) {
                    throw new TrainingDivergedException("Worker " + worker.worker() + " has the mean loss " + mean
                            + " in round " + round.number() + ", the limit is " + loss
                            + ": lower the learning rate or lengthen its warm-up, or raise divergence.largest_loss");
                }
            }
            if (result.divergence() > spread) {
                throw new TrainingDivergedException("The workers of round " + round.number() + " are apart by "
                        + result.divergence() + " of their average's norm, the limit is " + spread
                        + ": lower the learning rate, average more often, or raise divergence.largest_spread");
            }
        }
    }

    /** Ends the run at what is not finite, and at nothing else. */
    public static final DivergencePolicy FAIL = new DivergencePolicy(Reaction.FAIL, 1, 1, 0, Limits.NONE);

    /** Checks the values. */
    public DivergencePolicy {
        new Problems()
                .require(halvings >= 1 && halvings <= 20, "halvings: " + halvings + " is not between 1 and 20")
                .require(rounds >= 1, "rounds: " + rounds + " is not at least 1")
                .require(retries >= 0, "retries: " + retries + " is not at least 0")
                .throwIfAny();
    }

    /** Returns what a retry multiplies the learning rate with: a power of two. */
    double factor() {
        return Math.scalb(1.0, -halvings);
    }
}
