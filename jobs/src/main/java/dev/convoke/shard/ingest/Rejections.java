package dev.convoke.shard.ingest;

import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How many inputs were rejected and why, with one example of each reason. Immutable; merges.
 *
 * @param byReason counts and examples by reason
 */
public record Rejections(Map<String, Count> byReason) implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Nothing rejected. */
    public static final Rejections NONE = new Rejections(Map.of());

    /**
     * One reason.
     *
     * @param count how many inputs
     * @param example path of one of them
     */
    public record Count(long count, String example) implements Serializable {

        private static final long serialVersionUID = 1L;
    }

    /** Copies the map, sorted: what is written of it does not depend on the process. */
    public Rejections {
        byReason = Collections.unmodifiableMap(new TreeMap<>(byReason));
    }

    /** Returns one rejection. */
    public static Rejections of(String reason, String path) {
        return new Rejections(Map.of(reason, new Count(1, path)));
    }

    /** Returns these rejections and others together; the alphabetically first example stays. */
    public Rejections plus(Rejections other) {
        TreeMap<String, Count> sum = new TreeMap<>(byReason);
        other.byReason.forEach((reason, count) -> sum.merge(
                reason,
                count,
                (one, two) -> new Count(
                        one.count() + two.count(),
                        one.example().compareTo(two.example()) <= 0 ? one.example() : two.example())));
        return new Rejections(sum);
    }

    /** Returns how many inputs were rejected. */
    public long total() {
        return byReason.values().stream().mapToLong(Count::count).sum();
    }

    /** Returns the commonest reasons in words, such as {@code 12 TRUNCATED (a/b.jpg)}. */
    public String summary() {
        return byReason.entrySet().stream()
                .sorted((one, two) -> {
                    int byCount =
                            Long.compare(two.getValue().count(), one.getValue().count());
                    return byCount != 0 ? byCount : one.getKey().compareTo(two.getKey());
                })
                .limit(5)
                .map(entry -> entry.getValue().count() + " " + entry.getKey() + " (such as "
                        + entry.getValue().example() + ")")
                .collect(Collectors.joining(", "));
    }
}
