package dev.convoke.shard.ingest;

import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Shards in a dataset's folders that no revision of it lists: left by jobs that died, or by additions taken back. */
public final class StrayShards {

    private static final int LARGEST_BYTES = 512 << 20;

    private final FileStore store;
    private final Location dataset;

    /** Looks at a dataset. */
    public StrayShards(FileStore store, Location dataset) {
        this.store = store;
        this.dataset = dataset;
    }

    /** Returns the strays: neither the manifest nor any kept revision needs them. */
    public List<Location> find() {
        Set<String> needed = new HashSet<>();
        ShardManifest now = ShardManifest.read(store, dataset);
        now.shards().stream().map(ShardEntry::file).forEach(needed::add);
        for (FileEntry entry : store.list(dataset.child("revisions"))) {
            if (entry.location().name().startsWith("manifest-")) {
                ShardManifest.fromJson(store.read(entry.location(), LARGEST_BYTES), entry.location()).shards().stream()
                        .map(ShardEntry::file)
                        .forEach(needed::add);
            }
        }
        List<Location> strays = new ArrayList<>();
        for (Split split : Split.values()) {
            for (FileEntry entry : store.list(dataset.child(split.folder()))) {
                String name = split.folder() + "/" + entry.location().name();
                if (name.endsWith(".parquet") && !needed.contains(name)) {
                    strays.add(entry.location());
                }
            }
        }
        return strays;
    }

    /**
     * Deletes the strays. A job at work on the dataset moves its shards in before its manifest lists them, so the
     * caller owns the dataset's workshop meanwhile.
     *
     * @param beforeEach throws if it does not any more
     */
    public void delete(Runnable beforeEach) {
        for (Location stray : find()) {
            beforeEach.run();
            store.delete(stray);
        }
    }
}
