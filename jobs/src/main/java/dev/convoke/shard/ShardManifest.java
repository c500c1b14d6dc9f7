package dev.convoke.shard;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import dev.convoke.storage.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What a dataset is: classes, counts, shards and where they came from. Written last, so that a dataset with a manifest
 * is whole.
 *
 * @param classes names by label
 * @param splits what each split holds; only splits that have examples
 * @param shards all shards of all splits, in order
 * @param source what was sharded
 * @param quarantined how many inputs were rejected into {@code quarantine.jsonl}
 * @param history how it came to be
 */
public record ShardManifest(
        List<String> classes,
        List<SplitSummary> splits,
        List<ShardEntry> shards,
        Source source,
        long quarantined,
        History history) {

    /** Name of the manifest in the dataset's folder. */
    public static final String FILE = "manifest.json";

    /** The newest version of the format that this program reads, and the one it writes. */
    public static final int VERSION = 1;

    private static final int LARGEST_BYTES = 512 << 20;

    /**
     * What one split holds.
     *
     * @param split which
     * @param perClass number of examples of each class, by label
     * @param imageBytes of all its encoded images together
     * @param statistics of its pixels
     */
    public record SplitSummary(Split split, List<Long> perClass, long imageBytes, ChannelStatistics statistics) {

        /** Copies the list. */
        public SplitSummary {
            perClass = List.copyOf(perClass);
        }

        /** Returns how many examples the split has. */
        public long examples() {
            return perClass.stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * What was sharded. Says nothing of the place or the time, so that equal input gives an equal manifest.
     *
     * @param kind of source, such as {@code folders} or {@code tar}
     * @param fingerprint digest over the path and content of every input, in no particular order
     * @param seed keyed the split and the place of every example
     */
    public record Source(String kind, String fingerprint, long seed) {}

    /**
     * How a dataset came to be.
     *
     * @param revision 1, and one more with everything that was added
     * @param parent digest of the revision before; empty for the first
     * @param requests what was asked for, as digests of options and listing: the same request is not done twice
     * @param titles what people call each class, by label; empty if nobody said
     */
    public record History(int revision, String parent, List<String> requests, List<String> titles) {

        /** Nothing known but that it is there. */
        public static final History NONE = new History(1, "", List.of(), List.of());

        /** Copies the lists. */
        public History {
            requests = List.copyOf(requests);
            titles = List.copyOf(titles);
        }
    }

    /** Describes a dataset of which nobody noted how it came to be. */
    public ShardManifest(
            List<String> classes, List<SplitSummary> splits, List<ShardEntry> shards, Source source, long quarantined) {
        this(classes, splits, shards, source, quarantined, History.NONE);
    }

    /** Copies the lists. */
    public ShardManifest {
        classes = List.copyOf(classes);
        splits = List.copyOf(splits);
        shards = List.copyOf(shards);
    }

    /** Returns what a split holds, or empty if the dataset does not have it. */
    public Optional<SplitSummary> split(Split split) {
        return splits.stream().filter(summary -> summary.split() == split).findFirst();
    }

    /** Returns the shards of a split, in order. */
    public List<ShardEntry> shards(Split split) {
        return shards.stream().filter(shard -> shard.split() == split).toList();
    }

    /** Returns the SHA-256 of the canonical form: equal exactly if everything in the manifest is equal. */
    public String digest() {
        return Sha256.of(ManifestJson.canonical(this).getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the file's content: the canonical form, spread over lines for people. */
    public byte[] toJson() {
        return ManifestJson.pretty(this).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads a manifest's content.
     *
     * @param place named in messages
     * @throws DamagedDatasetException if it is not a manifest, contradicts itself, or is of a newer version
     */
    public static ShardManifest fromJson(byte[] content, Location place) {
        return ManifestJson.parse(content, place);
    }

    /**
     * Reads the manifest of a dataset.
     *
     * @throws DamagedDatasetException if there is none, or none that this program can use
     */
    public static ShardManifest read(FileStore store, Location dataset) {
        Location file = dataset.child(FILE);
        try {
            return fromJson(store.read(file, LARGEST_BYTES), file);
        } catch (NotFoundException e) {
            throw new DamagedDatasetException(
                    "There is no dataset at " + dataset + ": it has no " + FILE
                            + ". Make one with: convoke shard --source IMAGES --out " + dataset,
                    e);
        }
    }
}
