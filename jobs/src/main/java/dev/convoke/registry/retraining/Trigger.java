package dev.convoke.registry.retraining;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * When it is worth training again. Any of the limits is enough.
 *
 * @param newExamples training examples that the last model has not seen
 * @param newShare the same, as a share of those it has seen
 * @param drift how far the class mix of what is new is from what the last model has seen: half the sum of the
 *     differences of the shares, 0 to 1; infinite for never
 * @param driftExamples how many new examples there must be before drift counts
 * @param oldestDays trains anyway once the champion is older, if there is anything new at all; infinite for never
 */
public record Trigger(long newExamples, double newShare, double drift, long driftExamples, double oldestDays) {

    /**
     * What is known when it is decided.
     *
     * @param seen training examples of each class that the last model has seen, by label; empty if there is none
     * @param now training examples of each class there are now, by label; labels only ever join at the end
     * @param championDays how long ago the champion was promoted; negative if there is none
     * @param isForced whether a person asks for it
     */
    public record Situation(List<Long> seen, List<Long> now, double championDays, boolean isForced) {

        /** Copies the lists. */
        public Situation {
            seen = List.copyOf(seen);
            now = List.copyOf(now);
        }

        /** Returns how many training examples the last model has not seen. */
        public long added() {
            return sum(now) - sum(seen);
        }

        /** Returns how far the class mix of what is new is from what was seen, 0 to 1; 0 if either is empty. */
        public double drift() {
            long total = sum(seen);
            long added = added();
            if (total == 0 || added <= 0) {
                return 0;
            }
            double difference = 0;
            for (int label = 0; label < now.size(); label++) {
                long before = label < seen.size() ? seen.get(label) : 0;
                difference += Math.abs((double) before / total - (double) (now.get(label) - before) / added);
            }
            return difference / 2;
        }

        private static long sum(List<Long> counts) {
            return counts.stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * What was decided.
     *
     * @param trains whether to train
     * @param why one line
     */
    public record Decision(boolean trains, String why) {}

    /** Decides. */
    public Decision decide(Situation situation) {
        if (situation.isForced()) {
            return new Decision(true, "somebody asked for it");
        }
        if (situation.seen().isEmpty()) {
            return new Decision(true, "there is no model yet");
        }
        long added = situation.added();
        double share = (double) added / Math.max(1, Situation.sum(situation.seen()));
        double drift = situation.drift();
        List<String> reasons = new ArrayList<>();
        if (added > 0 && added >= newExamples) {
            reasons.add(text("%d new examples, %d are enough", added, newExamples));
        }
        if (added > 0 && share >= newShare) {
            reasons.add(text("%.4f new, a share of %.4f is enough", share, newShare));
        }
        if (added >= Math.max(1, driftExamples) && drift >= this.drift) {
            reasons.add(
                    text("the class mix of %d new examples drifts by %.4f, %.4f is enough", added, drift, this.drift));
        }
        if (added > 0 && situation.championDays() > oldestDays) {
            reasons.add(text("the champion is %.1f days old, more than %.1f", situation.championDays(), oldestDays));
        }
        if (!reasons.isEmpty()) {
            return new Decision(true, String.join("; ", reasons));
        }
        return new Decision(
                false,
                added == 0
                        ? "nothing new to train on"
                        : text(
                                "only %d new examples (a share of %.4f, drift %.4f), too few to train on",
                                added, share, drift));
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
