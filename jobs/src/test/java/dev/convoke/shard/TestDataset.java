package dev.convoke.shard;

import dev.convoke.data.Keys;
import dev.convoke.shard.ShardManifest.Source;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import java.util.ArrayList;
import java.util.List;

/** A small dataset written by hand, with bytes that are no images: readers of shards never look inside. */
public final class TestDataset {

    /** Names of its classes. */
    public static final List<String> CLASSES = List.of("cat", "dog", "owl");

    private TestDataset() {}

    /** Returns the row with a number; rows differ in length. */
    public static ShardRow row(int number) {
        byte[] bytes = new byte[500 + (int) (Keys.uniform(number) * 1000)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Keys.mix(number, i);
        }
        int label = number % CLASSES.size();
        String path = "train/" + CLASSES.get(label) + "/" + number + ".jpg";
        return new ShardRow(path, label, CLASSES.get(label), 40 + number, 30, Sha256.of(bytes), bytes);
    }

    /** Writes one shard with rows from {@code first} on. */
    public static ShardEntry shard(FileStore store, Location folder, String name, int first, int count) {
        Split split = Split.of(name.substring(0, name.indexOf('/')));
        ShardWriter.Place place = new ShardWriter.Place(name, split, CLASSES);
        try (ShardWriter writer = new ShardWriter(store, folder.child(name), place, 20_000)) {
            for (int number = first; number < first + count; number++) {
                writer.write(row(number));
            }
            return writer.finish();
        }
    }

    /** Writes two shards of 100 training examples each, one of 30 validation examples, and the manifest. */
    public static ShardManifest write(FileStore store, Location folder) {
        List<ShardEntry> shards = new ArrayList<>();
        shards.add(shard(store, folder, "train/part-00000.parquet", 0, 100));
        shards.add(shard(store, folder, "train/part-00001.parquet", 100, 100));
        shards.add(shard(store, folder, "validation/part-00000.parquet", 200, 30));
        ChannelStatistics statistics = new ChannelStatistics(List.of(0.5, 0.4, 0.3), List.of(0.2, 0.2, 0.25));
        ShardManifest manifest = new ShardManifest(
                CLASSES,
                List.of(
                        new SplitSummary(Split.TRAIN, List.of(67L, 67L, 66L), 200_000, statistics),
                        new SplitSummary(Split.VALIDATION, List.of(10L, 10L, 10L), 30_000, statistics)),
                shards,
                new Source("folders", "ab".repeat(32), 7),
                2);
        store.replace(folder.child(ShardManifest.FILE), manifest.toJson());
        return manifest;
    }
}
