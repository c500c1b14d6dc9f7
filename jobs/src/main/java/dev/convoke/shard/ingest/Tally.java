package dev.convoke.shard.ingest;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many inputs were of which kind, in several respects. Immutable; merges.
 *
 * @param counts by respect, such as {@code format}, and kind
 */
public record Tally(Map<String, Map<String, Long>> counts) implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Nothing counted. */
    public static final Tally NONE = new Tally(Map.of());

    /** Copies the maps, sorted. */
    public Tally {
        TreeMap<String, Map<String, Long>> copy = new TreeMap<>();
        counts.forEach((respect, kinds) -> copy.put(respect, new TreeMap<>(kinds)));
        counts = copy;
    }

    /** Returns one of a kind. */
    public static Tally of(String respect, String kind) {
        return new Tally(Map.of(respect, Map.of(kind, 1L)));
    }

    /** Returns these and others together. */
    public Tally plus(Tally other) {
        TreeMap<String, Map<String, Long>> sum = new TreeMap<>();
        counts.forEach((respect, kinds) -> sum.put(respect, new TreeMap<>(kinds)));
        other.counts.forEach((respect, kinds) -> kinds.forEach((kind, count) ->
                sum.computeIfAbsent(respect, key -> new TreeMap<>()).merge(kind, count, Long::sum)));
        return new Tally(sum);
    }
}
