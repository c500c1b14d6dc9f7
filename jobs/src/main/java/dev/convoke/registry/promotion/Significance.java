package dev.convoke.registry.promotion;

import java.util.SplittableRandom;

/** How it is tested that one of two models is better, given that both saw the same examples. */
public enum Significance {

    /** Not at all: the gain alone counts. */
    NONE {
        @Override
        double pValue(PairedOutcomes outcomes) {
            return 0;
        }
    },

    /**
     * McNemar's exact test, one-sided: how likely so many of the examples that only one model got right would fall to
     * the challenger if each fell to either with the same chance.
     *
     * @see <a href="https://doi.org/10.1007/BF02295996">McNemar 1947</a>
     */
    MCNEMAR {
        @Override
        double pValue(PairedOutcomes outcomes) {
            return binomialTail(outcomes.onlyChallenger(), outcomes.onlyChampion() + outcomes.onlyChallenger());
        }
    },

    /**
     * The paired bootstrap: the share of resamples of the examples in which the challenger is no better. Resamples are
     * keyed, so that equal outcomes give equal shares.
     *
     * @see <a href="https://doi.org/10.1214/aos/1176344552">Efron 1979</a>
     */
    BOOTSTRAP {
        @Override
        double pValue(PairedOutcomes outcomes) {
            return bootstrap(outcomes);
        }
    };

    private static final int RESAMPLES = 10_000;
    private static final long SEED = 0x5EED;

    /** Returns how likely such outcomes are if the challenger is no better than the champion; 1 without examples. */
    abstract double pValue(PairedOutcomes outcomes);

    /** Returns the chance of at least so many successes in so many fair trials. */
    static double binomialTail(int successes, int trials) {
        if (successes <= 0) {
            return 1;
        }
        double tail = 0;
        double logHalf = -trials * Math.log(2);
        double logChoose = 0;
        // From the far end on: the terms grow, and nothing small is lost in something large.
        for (int k = trials; k >= successes; k--) {
            tail += Math.exp(logChoose + logHalf);
            logChoose += Math.log(k) - Math.log(trials - k + 1.0);
        }
        return Math.min(1, tail);
    }

    /** A resample's gain depends only on how often it drew the examples that one model alone got right. */
    private static double bootstrap(PairedOutcomes outcomes) {
        int examples = outcomes.examples();
        if (examples == 0) {
            return 1;
        }
        int better = outcomes.onlyChallenger();
        int worse = outcomes.onlyChampion();
        SplittableRandom random = new SplittableRandom(SEED);
        int notBetter = 0;
        for (int resample = 0; resample < RESAMPLES; resample++) {
            int gain = 0;
            for (int draw = 0; draw < examples; draw++) {
                int place = random.nextInt(examples);
                gain += place < better ? 1 : place < better + worse ? -1 : 0;
            }
            notBetter += gain <= 0 ? 1 : 0;
        }
        return (double) notBetter / RESAMPLES;
    }
}
