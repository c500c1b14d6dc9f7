package dev.convoke.shard.ingest;

import dev.convoke.shard.ChannelStatistics;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardManifest.History;
import dev.convoke.shard.ShardManifest.Source;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.Split;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What a dataset becomes when something is added: a new manifest that shares the shards it had. */
public final class Revision {

    private final ShardManifest old;

    /** Starts from a dataset. */
    public Revision(ShardManifest old) {
        this.old = old;
    }

    /** Returns the dataset's classes and behind them, sorted, those that are new: labels never change. */
    public List<String> classes(List<String> added) {
        LinkedHashSet<String> all = new LinkedHashSet<>(old.classes());
        all.addAll(new TreeSet<>(added));
        return List.copyOf(all);
    }

    /** Returns for each split the first number that no shard of the dataset has. */
    public Map<Split, Integer> freeNumbers() {
        return numbersAfter(old);
    }

    /** Returns where numbers can begin that leave a dataset's own shards in place: behind them, or before them. */
    public static Map<Split, Integer> numbersBeside(ShardManifest there) {
        boolean beginsLater = there.shards().stream().allMatch(shard -> number(shard) >= 1_000_000);
        return beginsLater ? Map.of() : fill(1_000_000);
    }

    private static Map<Split, Integer> fill(int number) {
        Map<Split, Integer> numbers = new EnumMap<>(Split.class);
        for (Split split : Split.values()) {
            numbers.put(split, number);
        }
        return numbers;
    }

    private static Map<Split, Integer> numbersAfter(ShardManifest manifest) {
        Map<Split, Integer> numbers = new EnumMap<>(Split.class);
        manifest.shards().forEach(shard -> numbers.merge(shard.split(), number(shard) + 1, Math::max));
        return numbers;
    }

    private static int number(ShardEntry shard) {
        return Integer.parseInt(shard.file().replaceAll("\\D", ""));
    }

    /** Returns what every path of the addition begins with, so that paths stay unique. */
    public String pathPrefix() {
        return "revision-" + (old.history().revision() + 1) + "/";
    }

    /**
     * Returns the new manifest.
     *
     * @param added describes the addition alone, with the labels of {@link #classes}
     */
    public ShardManifest with(ShardManifest added) {
        List<ShardEntry> shards = new ArrayList<>();
        List<SplitSummary> splits = new ArrayList<>();
        for (Split split : Split.values()) {
            shards.addAll(old.shards(split));
            shards.addAll(added.shards(split));
            List<SplitSummary> both = new ArrayList<>();
            old.split(split).ifPresent(both::add);
            added.split(split).ifPresent(both::add);
            if (!both.isEmpty()) {
                splits.add(sum(split, both, added.classes().size()));
            }
        }
        String kind = old.source().kind().equals(added.source().kind())
                ? old.source().kind()
                : old.source().kind() + " and " + added.source().kind();
        Fingerprint fingerprint = Fingerprint.ofHex(old.source().fingerprint())
                .plus(Fingerprint.ofHex(added.source().fingerprint()));
        List<String> requests = new ArrayList<>(old.history().requests());
        requests.addAll(added.history().requests());
        return new ShardManifest(
                added.classes(),
                splits,
                shards,
                new Source(kind, fingerprint.hex(), added.source().seed()),
                old.quarantined() + added.quarantined(),
                new History(old.history().revision() + 1, old.digest(), requests, titles(added)));
    }

    private List<String> titles(ShardManifest added) {
        List<String> first = old.history().titles();
        List<String> second = added.history().titles();
        if (first.isEmpty() && second.isEmpty()) {
            return List.of();
        }
        List<String> titles = new ArrayList<>();
        for (int label = 0; label < added.classes().size(); label++) {
            String own = label < first.size() ? first.get(label) : "";
            titles.add(own.isEmpty() && label < second.size() ? second.get(label) : own);
        }
        return titles;
    }

    private static SplitSummary sum(Split split, List<SplitSummary> parts, int classes) {
        List<Long> perClass = new ArrayList<>();
        for (int label = 0; label < classes; label++) {
            long count = 0;
            for (SplitSummary part : parts) {
                count += label < part.perClass().size() ? part.perClass().get(label) : 0;
            }
            perClass.add(count);
        }
        long bytes = parts.stream().mapToLong(SplitSummary::imageBytes).sum();
        return new SplitSummary(split, perClass, bytes, statistics(parts));
    }

    private static ChannelStatistics statistics(List<SplitSummary> parts) {
        boolean counted = parts.stream().allMatch(part -> part.statistics().pixels() > 0);
        double total = 0;
        double[] means = new double[3];
        double[] squares = new double[3];
        for (SplitSummary part : parts) {
            ChannelStatistics statistics = part.statistics();
            double weight = counted ? statistics.pixels() : part.examples();
            total += weight;
            for (int channel = 0; channel < 3; channel++) {
                double mean = statistics.mean().get(channel);
                double deviation = statistics.deviation().get(channel);
                means[channel] += weight * mean;
                squares[channel] += weight * (mean * mean + deviation * deviation);
            }
        }
        List<Double> mean = new ArrayList<>();
        List<Double> deviation = new ArrayList<>();
        for (int channel = 0; channel < 3; channel++) {
            mean.add(means[channel] / total);
            deviation.add(Math.sqrt(Math.max(0, squares[channel] / total - mean.get(channel) * mean.get(channel))));
        }
        return new ChannelStatistics(mean, deviation, counted ? (long) total : 0);
    }
}
