package dev.convoke.shard.ingest;

import dev.convoke.data.Keys;
import dev.convoke.shard.Split;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How many shards a dataset gets and where each image goes: by a keyed hash of its path, so that every shard is a
 * random sample of its split and every row a random place in it.
 *
 * @param seed keys places
 * @param shards how many each split has
 * @param firstNumbers where the numbers of each split's shards begin; 0 where nothing is said
 */
public record ShardPlan(long seed, Map<Split, Integer> shards, Map<Split, Integer> firstNumbers)
        implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final long SHARD = 2;
    private static final long ROW = 3;

    /** A small dataset gets more shards than its bytes ask for, so that several tasks can make and read it. */
    private static final int EXAMPLES_A_SHARD = 4_000;

    private static final int MOST_SMALL_SHARDS = 8;

    /**
     * One shard.
     *
     * @param split which split it belongs to
     * @param number of the shard within the split
     */
    public record Slot(Split split, int number) implements Serializable {

        private static final long serialVersionUID = 1L;

        /** Returns its name below the dataset's folder. */
        public String name() {
            return String.format(Locale.ROOT, "%s/part-%05d.parquet", split.folder(), number);
        }
    }

    /** Copies the maps. */
    public ShardPlan {
        shards = Map.copyOf(shards);
        firstNumbers = Map.copyOf(firstNumbers);
    }

    /** Plans shards whose numbers begin at 0. */
    public ShardPlan(long seed, Map<Split, Integer> shards) {
        this(seed, shards, Map.of());
    }

    /** Returns this plan with other numbers: those before {@code firstNumbers} are taken. */
    public ShardPlan startingAt(Map<Split, Integer> numbers) {
        return new ShardPlan(seed, shards, numbers);
    }

    /** Plans shards of about {@code shardBytes} each; the same counts always give the same plan. */
    public static ShardPlan of(SourceCounts counts, long shardBytes, long seed) {
        Map<Split, Integer> shards = new EnumMap<>(Split.class);
        for (Split split : Split.values()) {
            long images = counts.images(split);
            long byBytes = (counts.bytes(split) + shardBytes - 1) / shardBytes;
            long byExamples = Math.min(MOST_SMALL_SHARDS, (images + EXAMPLES_A_SHARD - 1) / EXAMPLES_A_SHARD);
            shards.put(split, Math.toIntExact(Math.min(images, Math.max(byBytes, byExamples))));
        }
        return new ShardPlan(seed, shards);
    }

    /** Returns all shards, those of each split one after the other. */
    public List<Slot> slots() {
        List<Slot> slots = new ArrayList<>();
        for (Split split : Split.values()) {
            for (int number = 0; number < count(split); number++) {
                slots.add(new Slot(split, firstNumbers.getOrDefault(split, 0) + number));
            }
        }
        return slots;
    }

    /** Returns the index in {@link #slots} of the shard an image goes to. */
    public int slot(Split split, String path) {
        int first = 0;
        for (Split before : Split.values()) {
            if (before == split) {
                break;
            }
            first += count(before);
        }
        return first + Keys.below(count(split), Keys.mix(seed, SHARD, Keys.of(path)));
    }

    private int count(Split split) {
        return shards.getOrDefault(split, 0);
    }

    /** Returns the place of an image in its shard: rows are sorted by it. */
    public long row(String path) {
        return Keys.mix(seed, ROW, Keys.of(path));
    }
}
