package dev.convoke.shard.ingest;

import dev.convoke.shard.ingest.ShardBuilder.Outcome;
import dev.convoke.shard.ingest.ShardBuilder.Rejected;
import java.util.ArrayList;
import java.util.List;

/**
 * What was noticed about a source while it became a dataset.
 *
 * @param tally what the accepted inputs are like
 * @param rejections how many inputs were rejected and why; each is in the quarantine
 * @param duplicates images that are there more than once, in the whole dataset
 * @param shown a few of the inputs that were rejected last
 */
public record Findings(Tally tally, Rejections rejections, Duplicates duplicates, List<Rejected> shown) {

    /** Nothing noticed. */
    public static final Findings NONE = new Findings(Tally.NONE, Rejections.NONE, Duplicates.NONE, List.of());

    private static final int MOST_SHOWN = 12;

    /** Copies the list. */
    public Findings {
        shown = List.copyOf(shown);
    }

    /** Collects what the makers of the shards noticed. */
    public static Findings of(List<Outcome> outcomes, Rejections rejections, Duplicates duplicates) {
        Tally tally = Tally.NONE;
        List<Rejected> shown = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            tally = tally.plus(outcome.tally());
            outcome.shown().stream().limit(MOST_SHOWN - shown.size()).forEach(shown::add);
        }
        return new Findings(tally, rejections, duplicates, shown);
    }

    /**
     * Returns these and what was noticed about an addition.
     *
     * @param addition knows the duplicates of the whole dataset
     */
    public Findings with(Findings addition) {
        return new Findings(
                tally.plus(addition.tally), rejections.plus(addition.rejections), addition.duplicates, addition.shown);
    }
}
