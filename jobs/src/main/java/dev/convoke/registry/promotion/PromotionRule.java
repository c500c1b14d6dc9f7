package dev.convoke.registry.promotion;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * When a challenger takes the champion's place. Data: equal rules and equal contests give equal verdicts.
 *
 * @param smallestTop1 share of the held-out examples that any model must get right, the first one too
 * @param gain what the challenger must be better by
 * @param classes what it may lose in one class
 * @param age when an old champion gives way to a challenger that is not worse
 * @param budget what a model may cost
 * @param isDryRun whether the verdict is only told, not carried out
 */
public record PromotionRule(
        double smallestTop1, Gain gain, ClassFloor classes, Age age, Budget budget, boolean isDryRun) {

    /** Better by any amount, with 95 % confidence, no class worse by more than 0.1, no other limit. */
    public static final PromotionRule DEFAULT = new PromotionRule(
            0,
            new Gain(0, Significance.MCNEMAR, 0.95),
            new ClassFloor(0.1, 20),
            new Age(Double.POSITIVE_INFINITY, 0),
            Budget.NONE,
            false);

    /**
     * What the challenger must be better by.
     *
     * @param minimum share of the held-out examples
     * @param test how it is made sure that it is better at all
     * @param confidence of that test, such as 0.95
     */
    public record Gain(double minimum, Significance test, double confidence) {}

    /**
     * What the challenger may lose in one class.
     *
     * @param largestDrop of a class's recall
     * @param smallestSupport classes with fewer held-out examples are not looked at
     */
    public record ClassFloor(double largestDrop, int smallestSupport) {}

    /**
     * When an old champion gives way.
     *
     * @param oldestDays a champion older than this gives way to a challenger that is not worse; infinite for never
     * @param tolerance share of the held-out examples that such a challenger may be worse by
     */
    public record Age(double oldestDays, double tolerance) {}

    /**
     * What a model may cost.
     *
     * @param largestMegabytes of the model file
     * @param largestMillis of computing time an example
     */
    public record Budget(double largestMegabytes, double largestMillis) {

        /** Any cost. */
        public static final Budget NONE = new Budget(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /**
     * What a verdict is about.
     *
     * @param heldOut what both models said about the held-out examples; with no champion, the challenger's twice
     * @param championAge how long ago the champion was promoted; empty if there is none
     * @param modelBytes length of the challenger's file
     * @param millisPerExample the challenger's computing time; NaN if it was not measured
     */
    public record Contest(
            PairedOutcomes heldOut, Optional<Duration> championAge, long modelBytes, double millisPerExample) {}

    /** Judges a contest. */
    public Verdict judge(Contest contest) {
        List<Verdict.Finding> findings = new ArrayList<>();
        PairedOutcomes outcomes = contest.heldOut();
        double top1 = outcomes.challengerTop1();
        findings.add(finding("held-out examples", outcomes.examples() > 0, "%d", outcomes.examples()));
        findings.add(finding("top-1", top1 >= smallestTop1, "%.4f, at least %.4f", top1, smallestTop1));
        double megabytes = contest.modelBytes() / 1e6;
        if (Double.isFinite(budget.largestMegabytes())) {
            boolean fits = megabytes <= budget.largestMegabytes();
            findings.add(finding("size", fits, "%.1f MB, at most %.1f", megabytes, budget.largestMegabytes()));
        }
        if (Double.isFinite(budget.largestMillis())) {
            double millis = contest.millisPerExample();
            boolean fits = millis <= budget.largestMillis();
            findings.add(finding("latency", fits, "%.3f ms an example, at most %.3f", millis, budget.largestMillis()));
        }
        boolean first = contest.championAge().isEmpty();
        if (!first) {
            findings.add(classFinding(outcomes));
            findings.add(gainFinding(outcomes, contest.championAge().orElseThrow()));
        }
        boolean holds = findings.stream().allMatch(Verdict.Finding::holds);
        String why = first && holds
                ? "there is no champion yet"
                : findings.stream()
                        .filter(finding -> holds || !finding.holds())
                        .map(finding -> finding.criterion() + " " + finding.detail())
                        .reduce((earlier, later) -> holds ? later : earlier + "; " + later)
                        .orElse("");
        return new Verdict(holds, isDryRun, why, findings);
    }

    private Verdict.Finding classFinding(PairedOutcomes outcomes) {
        int worst = -1;
        double largest = 0;
        for (int label = 0; label < outcomes.classes(); label++) {
            if (outcomes.support(label) >= Math.max(1, classes.smallestSupport())) {
                double drop = outcomes.championRecall(label) - outcomes.challengerRecall(label);
                if (drop > largest) {
                    largest = drop;
                    worst = label;
                }
            }
        }
        return worst < 0
                ? finding("class floor", true, "no class lost")
                : finding(
                        "class floor",
                        largest <= classes.largestDrop(),
                        "class %d lost %.4f of its recall, at most %.4f",
                        worst,
                        largest,
                        classes.largestDrop());
    }

    private Verdict.Finding gainFinding(PairedOutcomes outcomes, Duration championAge) {
        double allowed = 1 - gain.confidence();
        double better = gain.test().pValue(outcomes);
        double amount = outcomes.gain();
        boolean wins = amount >= gain.minimum() && amount > 0 && better <= allowed;
        String measured = text(
                "%+.4f (%d won, %d lost, p %.4f), at least %+.4f with p at most %.4f",
                amount, outcomes.onlyChallenger(), outcomes.onlyChampion(), better, gain.minimum(), allowed);
        double days = championAge.toMillis() / 86_400_000.0;
        if (wins || days <= age.oldestDays()) {
            return new Verdict.Finding("gain", wins, measured);
        }
        boolean worse = gain.test() != Significance.NONE && gain.test().pValue(outcomes.turned()) <= allowed;
        boolean holds = !worse && amount >= -age.tolerance();
        return new Verdict.Finding(
                "age",
                holds,
                text("the champion is %.1f days old, at most %.1f; gain ", days, age.oldestDays()) + measured);
    }

    private static Verdict.Finding finding(String criterion, boolean holds, String format, Object... values) {
        return new Verdict.Finding(criterion, holds, text(format, values));
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
