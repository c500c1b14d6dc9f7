package dev.convoke.shard.ingest;

import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The revisions of a dataset: what it was before each addition, and the way back. */
public final class Revisions {

    private static final int LARGEST_BYTES = 512 << 20;

    private final FileStore store;
    private final Location dataset;

    /** Describes the revisions of a dataset. */
    public Revisions(FileStore store, Location dataset) {
        this.store = store;
        this.dataset = dataset;
    }

    /**
     * Returns the manifest of a revision.
     *
     * @throws dev.convoke.storage.NotFoundException if it is not there
     */
    public ShardManifest manifest(int revision) {
        ShardManifest now = ShardManifest.read(store, dataset);
        if (now.history().revision() == revision) {
            return now;
        }
        Location file = file(revision);
        return ShardManifest.fromJson(store.read(file, LARGEST_BYTES), file);
    }

    /**
     * Returns a revision by its number and digest, or empty if it is not there: a dataset that was replaced has the
     * number, but not the digest.
     */
    public Optional<ShardManifest> find(int revision, String digest) {
        try {
            return Optional.of(manifest(revision))
                    .filter(found -> found.digest().equals(digest));
        } catch (NotFoundException gone) {
            return Optional.empty();
        }
    }

    /**
     * Returns the revision with a digest, or empty if there is none.
     *
     * @param likely its number, if it is as expected: looked at first
     */
    public Optional<ShardManifest> withDigest(String digest, int likely) {
        Optional<ShardManifest> found = find(likely, digest);
        int newest = ShardManifest.read(store, dataset).history().revision();
        for (int revision = newest; revision > 0 && found.isEmpty(); revision--) {
            found = find(revision, digest);
        }
        return found;
    }

    /** Returns the shards that a manifest has and an earlier one of the same dataset has not. */
    public static List<ShardEntry> added(ShardManifest before, ShardManifest after) {
        Set<String> known = before.shards().stream().map(ShardEntry::file).collect(Collectors.toSet());
        return after.shards().stream()
                .filter(shard -> !known.contains(shard.file()))
                .toList();
    }

    /**
     * Takes back everything that was added after a revision: its manifest counts again, in one step; what only later
     * revisions needed is deleted afterwards. What was noticed about it describes the dataset again, but for the page,
     * which goes. Does nothing if it counts already. Works in the dataset's workshop, which the caller owns and
     * deletes.
     *
     * @param beforeCommit throws if the caller does not own the dataset's workshop any more
     */
    public void rollBackTo(int revision, Runnable beforeCommit) {
        ShardManifest now = ShardManifest.read(store, dataset);
        if (now.history().revision() == revision) {
            return;
        }
        ShardManifest target = manifest(revision);
        DatasetFence fence = new DatasetFence(store, dataset);
        fence.commit(target, beforeCommit);
        ReportFiles report = new ReportFiles(store, dataset);
        report.bringBack(revision);
        added(target, now).forEach(shard -> fence.takeAway(dataset.child(shard.file()), beforeCommit));
        for (int later = revision; later <= now.history().revision(); later++) {
            fence.takeAway(file(later), beforeCommit);
            report.drop(later);
            if (later > revision) {
                fence.takeAway(
                        dataset.child(String.format(Locale.ROOT, "revisions/quarantine-%06d.jsonl", later)),
                        beforeCommit);
            }
        }
    }

    private Location file(int revision) {
        return dataset.child(String.format(Locale.ROOT, "revisions/manifest-%06d.json", revision));
    }
}
