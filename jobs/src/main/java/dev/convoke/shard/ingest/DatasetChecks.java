package dev.convoke.shard.ingest;

import dev.convoke.data.PixelStatistics;
import dev.convoke.shard.ChannelStatistics;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardManifest.History;
import dev.convoke.shard.ShardManifest.Source;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.ShardBuilder.Outcome;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Decides whether what was found, and later what was made, is a dataset; and says in words why it is not. */
public final class DatasetChecks {

    private final String source;
    private final Layout layout;
    private final Set<String> own;

    /**
     * Prepares the checks.
     *
     * @param source named in messages
     */
    public DatasetChecks(String source, Layout layout) {
        this(source, layout, layout.classes());
    }

    /**
     * Prepares the checks of what is added to a dataset.
     *
     * @param source named in messages
     * @param own the classes the source itself has; the others need no images in it
     */
    public DatasetChecks(String source, Layout layout, Collection<String> own) {
        this.source = source;
        this.layout = layout;
        this.own = Set.copyOf(own);
    }

    /**
     * Checks the options against the folders, and that every class has images to go by the names.
     *
     * @throws UnusableSourceException if not
     */
    public void checkFound(SourceCounts counts, SplitDraw draw) {
        refuseDrawn(Split.VALIDATION, draw.validationFraction());
        refuseDrawn(Split.TEST, draw.testFraction());
        if (counts.total() == 0) {
            throw new UnusableSourceException("There are no images in " + source
                    + ": put them into class/*.jpg or split/class/*.jpg, split being train, validation or test");
        }
        refuseEmptyClasses(counts.images(), "have no images");
    }

    private void refuseDrawn(Split split, double fraction) {
        if (fraction > 0 && layout.splits().contains(split)) {
            throw new UnusableSourceException(source + " has a folder for the split '" + split.folder()
                    + "' already: leave out --" + split.folder() + "-fraction");
        }
    }

    private void refuseEmptyClasses(Map<Split, List<Long>> perSplit, String what) {
        List<Long> everywhere =
                new ArrayList<>(Collections.nCopies(layout.classes().size(), 0L));
        perSplit.values()
                .forEach(counts -> IntStream.range(0, counts.size())
                        .forEach(label -> everywhere.set(label, everywhere.get(label) + counts.get(label))));
        refuse(everywhere, what, "Add images to them, or remove their folders");
        List<Long> training = perSplit.get(Split.TRAIN);
        if (training != null) {
            refuse(
                    training,
                    what + " to train on",
                    "Add images to them, lower --validation-fraction or --test-fraction, which may have drawn their"
                            + " last ones, or remove their folders");
        }
    }

    private void refuse(List<Long> counts, String what, String remedy) {
        List<String> empty = IntStream.range(0, counts.size())
                .filter(label ->
                        counts.get(label) == 0 && own.contains(layout.classes().get(label)))
                .mapToObj(layout.classes()::get)
                .toList();
        if (!empty.isEmpty()) {
            String named = empty.stream().limit(5).collect(Collectors.joining(", "));
            String more = empty.size() > 5 ? " and " + (empty.size() - 5) + " more" : "";
            throw new UnusableSourceException(
                    "Classes of " + source + " " + what + ": " + named + more + ". " + remedy);
        }
    }

    /**
     * Checks what came of all shards.
     *
     * @param maxQuarantineRate largest fraction of rejected inputs
     * @throws UnusableSourceException if too much was rejected, a class has nothing left, or two inputs have one path
     */
    public void checkMade(List<Outcome> outcomes, Rejections rejections, double maxQuarantineRate) {
        for (Outcome outcome : outcomes) {
            if (!outcome.duplicate().isEmpty()) {
                throw new UnusableSourceException(
                        source + " holds '" + outcome.duplicate() + "' twice: remove one of them");
            }
        }
        long accepted = outcomes.stream()
                .flatMap(outcome -> outcome.perClass().stream())
                .mapToLong(Long::longValue)
                .sum();
        long rejected = rejections.total();
        long total = accepted + rejected;
        // An addition of nothing but broken files is one of no images, if whoever adds it tolerates that.
        boolean mayBeEmpty = own.isEmpty() && maxQuarantineRate >= 1;
        if (accepted == 0 && !mayBeEmpty) {
            throw new UnusableSourceException("None of the " + total + " images in " + source + " can be used: "
                    + rejections.summary() + ". Are these JPEG and PNG files?");
        }
        if (rejected > maxQuarantineRate * total) {
            throw new UnusableSourceException(String.format(
                    Locale.ROOT,
                    "%d of %d images in %s are unusable (%.3f %%, the limit is %.3f %%): %s. Repair them, or raise"
                            + " --max-quarantine-rate",
                    rejected,
                    total,
                    source,
                    100.0 * rejected / total,
                    100 * maxQuarantineRate,
                    rejections.summary()));
        }
        refuseEmptyClasses(
                summaries(outcomes).stream().collect(Collectors.toMap(SplitSummary::split, SplitSummary::perClass)),
                "have no usable images");
    }

    /** Returns the manifest of what was made. */
    public ShardManifest manifest(List<Outcome> outcomes, String kind, long seed, long rejected, History history) {
        Fingerprint fingerprint = Fingerprint.NONE;
        List<ShardEntry> shards = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            fingerprint = fingerprint.plus(outcome.fingerprint());
            ShardEntry shard = outcome.shard();
            if (shard != null) {
                shards.add(shard);
            }
        }
        return new ShardManifest(
                layout.classes(),
                summaries(outcomes),
                shards,
                new Source(kind, fingerprint.hex(), seed),
                rejected,
                history);
    }

    private List<SplitSummary> summaries(List<Outcome> outcomes) {
        List<SplitSummary> summaries = new ArrayList<>();
        for (Split split : Split.values()) {
            List<Long> perClass =
                    new ArrayList<>(Collections.nCopies(layout.classes().size(), 0L));
            PixelStatistics pixels = PixelStatistics.NONE;
            long bytes = 0;
            for (Outcome outcome : outcomes) {
                ShardEntry shard = outcome.shard();
                if (shard != null && shard.split() == split) {
                    for (int label = 0; label < perClass.size(); label++) {
                        perClass.set(
                                label, perClass.get(label) + outcome.perClass().get(label));
                    }
                    pixels = pixels.plus(outcome.pixels());
                    bytes += outcome.imageBytes();
                }
            }
            if (bytes > 0) {
                ChannelStatistics statistics =
                        new ChannelStatistics(pixels.mean(), pixels.deviation(), pixels.pixels());
                summaries.add(new SplitSummary(split, perClass, bytes, statistics));
            }
        }
        return summaries;
    }
}
