package dev.convoke.shard;

import dev.convoke.data.Example;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A dataset that is on disk: its manifest, and its examples by split. Safe for use by many threads. */
public final class ShardedDataset {

    private final FileStore store;
    private final Location folder;
    private final ShardManifest manifest;

    private ShardedDataset(FileStore store, Location folder, ShardManifest manifest) {
        this.store = store;
        this.folder = folder;
        this.manifest = manifest;
    }

    /**
     * Opens a dataset and checks that every shard is there and has its length.
     *
     * @throws DamagedDatasetException if there is no manifest, or a shard is not what it says
     */
    public static ShardedDataset open(FileStores stores, Location folder) {
        FileStore store = stores.of(folder);
        ShardedDataset dataset = new ShardedDataset(store, folder, ShardManifest.read(store, folder));
        dataset.checkLengths();
        return dataset;
    }

    /** Returns a dataset whose manifest is known already, unchecked: for executors, after the driver opened it. */
    public static ShardedDataset of(FileStores stores, Location folder, ShardManifest manifest) {
        return new ShardedDataset(stores.of(folder), folder, manifest);
    }

    /** Returns where the dataset is. */
    public Location folder() {
        return folder;
    }

    /** Returns what the dataset is. */
    public ShardManifest manifest() {
        return manifest;
    }

    /**
     * Returns the examples of a split, shard after shard. Each group is one sequential read, verified when it is read;
     * no file stays open.
     *
     * @throws UnknownSplitException if the dataset does not have the split; lists those it has
     */
    public ExampleGroups groups(Split split) {
        List<ShardReader> readers = new ArrayList<>();
        List<Place> places = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        for (ShardEntry shard : manifest.shards(split)) {
            ShardReader reader = new ShardReader(store, folder.child(shard.file()), shard, manifest.classes());
            readers.add(reader);
            for (int group = 0; group < shard.groups().size(); group++) {
                places.add(new Place(reader, group));
            }
            sizes.addAll(reader.sizes());
        }
        if (readers.isEmpty()) {
            String existing = manifest.splits().stream()
                    .map(summary -> summary.split().folder())
                    .collect(Collectors.joining(", "));
            throw new UnknownSplitException("The dataset " + folder + " has no split '" + split.folder() + "'; it has: "
                    + existing + ". Name one of these, or shard again with a fraction for it");
        }
        return new Groups(List.copyOf(sizes), places);
    }

    private record Place(ShardReader reader, int group) {}

    private record Groups(List<Integer> sizes, List<Place> places) implements ExampleGroups {
        @Override
        public List<Example> read(int group) {
            Place place = places.get(group);
            return place.reader().read(place.group());
        }

        @Override
        public int[] labels(int group) {
            Place place = places.get(group);
            return place.reader().labels(place.group());
        }
    }

    private void checkLengths() {
        for (Split split : Split.values()) {
            List<ShardEntry> shards = manifest.shards(split);
            if (!shards.isEmpty()) {
                Map<String, Long> found = new HashMap<>();
                for (FileEntry file : store.list(folder.child(split.folder()))) {
                    found.put(split.folder() + "/" + file.location().name(), file.bytes());
                }
                for (ShardEntry shard : shards) {
                    Long bytes = found.get(shard.file());
                    if (bytes == null) {
                        throw damaged(shard, "is missing");
                    }
                    if (bytes != shard.bytes()) {
                        throw damaged(shard, "has " + bytes + " bytes, the manifest says " + shard.bytes());
                    }
                }
            }
        }
    }

    /**
     * Reads every shard whole and compares its digest.
     *
     * @throws DamagedDatasetException naming the first shard that is not what the manifest says
     */
    public void verify() {
        checkLengths();
        for (ShardEntry shard : manifest.shards()) {
            String found = Sha256.of(store, folder.child(shard.file()));
            if (!found.equals(shard.sha256())) {
                throw damaged(shard, "has SHA-256 " + found + ", the manifest says " + shard.sha256());
            }
        }
    }

    private DamagedDatasetException damaged(ShardEntry shard, String what) {
        return new DamagedDatasetException(
                "The shard " + folder.child(shard.file()) + " " + what
                        + ": restore the file, or shard the dataset again",
                null);
    }
}
