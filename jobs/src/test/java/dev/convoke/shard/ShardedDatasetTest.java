package dev.convoke.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.data.Example;
import dev.convoke.data.Keys;
import dev.convoke.shard.ingest.StrayShards;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.junit.jupiter.api.Test;

class ShardedDatasetTest {

    private static final Location FOLDER = new Location("memory:/data/pets");

    private final MemoryFileStore store = new MemoryFileStore();
    private final FileStores stores = location -> store;

    @Test
    void whatIsWrittenIsReadBackInOrder() {
        ShardManifest written = TestDataset.write(store, FOLDER);

        ShardedDataset dataset = ShardedDataset.open(stores, FOLDER);
        List<Example> examples = all(dataset.groups(Split.TRAIN));

        assertThat(dataset.manifest()).isEqualTo(written);
        assertThat(examples).hasSize(200);
        for (int number = 0; number < 200; number++) {
            ShardRow row = TestDataset.row(number);
            assertThat(examples.get(number).path()).isEqualTo(row.path());
            assertThat(examples.get(number).label()).isEqualTo(row.label());
            assertThat(examples.get(number).encoded()).isEqualTo(row.encoded());
        }
        dataset.verify();
    }

    /** Hugging Face's reader takes no other columns for an image; {@code .ci/huggingface} runs it. */
    @Test
    void imagesAreColumnsThatMayBeMissingAndShardsFromBeforeTheyMightAreReadLikeOthers()
            throws IOException, URISyntaxException {
        ShardManifest written = TestDataset.write(store, FOLDER);
        Location shard = FOLDER.child(written.shards().get(0).file());
        try (ParquetFileReader reader = ParquetFileReader.open(new ShardInput(store, shard))) {
            assertThat(reader.getFileMetaData().getSchema().getType("image")).hasToString("""
                    optional group image {
                      optional binary bytes;
                      optional binary path (STRING);
                    }""");
        }

        Location golden = new Location("file:"
                + Path.of(Objects.requireNonNull(getClass().getResource("/golden/dataset-v1"))
                        .toURI()));
        ShardedDataset before = ShardedDataset.open(location -> new LocalFileStore(), golden);
        before.verify();
        List<Example> examples = all(before.groups(Split.TRAIN));
        List<ShardDigests.Row> digests = new ArrayList<>();
        ShardDigests.read(new LocalFileStore(), golden.child("train/part-00000.parquet"), digests::add);

        assertThat(examples).hasSize(6);
        for (int number = 0; number < 6; number++) {
            ShardRow row = TestDataset.row(number);
            assertThat(examples.get(number).path()).isEqualTo(row.path());
            assertThat(examples.get(number).label()).isEqualTo(row.label());
            assertThat(examples.get(number).encoded()).isEqualTo(row.encoded());
            assertThat(digests.get(number)).isEqualTo(new ShardDigests.Row(row.path(), row.label(), row.sha256()));
        }
    }

    @Test
    void rowGroupsKeepToTheirSize() {
        TestDataset.write(store, FOLDER);
        ShardManifest manifest = ShardManifest.read(store, FOLDER);

        for (ShardEntry shard : manifest.shards()) {
            assertThat(shard.groups().size()).isGreaterThan(1);
            assertThat(shard.groups())
                    .allSatisfy(group -> assertThat(group.bytes()).isLessThan(22_000));
        }
        assertThat(ShardedDataset.open(stores, FOLDER).groups(Split.TRAIN).sizes().stream()
                        .mapToInt(Integer::intValue)
                        .sum())
                .isEqualTo(200);
    }

    @Test
    void aDatasetWithoutManifestNamesTheCommandThatMakesOne() {
        assertThatExceptionOfType(DamagedDatasetException.class)
                .isThrownBy(() -> ShardedDataset.open(stores, FOLDER))
                .withMessageContaining("memory:/data/pets")
                .withMessageContaining("manifest.json")
                .withMessageContaining("convoke shard --source");
    }

    @Test
    void aSplitThatIsNotThereListsThoseThatAre() {
        TestDataset.write(store, FOLDER);
        ShardedDataset dataset = ShardedDataset.open(stores, FOLDER);

        assertThatExceptionOfType(UnknownSplitException.class)
                .isThrownBy(() -> dataset.groups(Split.TEST))
                .withMessageContaining("no split 'test'; it has: train, validation");
        assertThatExceptionOfType(UnknownSplitException.class)
                .isThrownBy(() -> Split.of("trian"))
                .withMessageContaining("'trian': use train, validation or test");
    }

    @Test
    void aMissingCutOrSwappedShardIsNamed() {
        TestDataset.write(store, FOLDER);
        Location shard = FOLDER.child("train/part-00001.parquet");
        byte[] content = content(shard);

        store.damage(shard, Arrays.copyOf(content, content.length - 1));
        assertDamaged("train/part-00001.parquet has " + (content.length - 1) + " bytes, the manifest says");

        store.damage(shard, content(FOLDER.child("train/part-00000.parquet")));
        assertDamaged("train/part-00001.parquet");

        store.delete(shard);
        assertDamaged("train/part-00001.parquet is missing");
    }

    @Test
    void anotherShardOfTheSameLengthAndChecksumsIsToldByTheNameInItsFooter() {
        ShardManifest manifest = TestDataset.write(store, FOLDER);
        ShardEntry other = manifest.shards().get(0);
        store.damage(FOLDER.child("train/part-00001.parquet"), content(FOLDER.child(other.file())));
        ShardEntry mistaken = new ShardEntry(
                "train/part-00001.parquet",
                Split.TRAIN,
                other.bytes(),
                other.sha256(),
                other.footerCrc32c(),
                other.groups());
        ShardManifest wrong = new ShardManifest(
                manifest.classes(),
                manifest.splits(),
                List.of(other, mistaken, manifest.shards().get(2)),
                manifest.source(),
                manifest.quarantined());
        store.replace(FOLDER.child(ShardManifest.FILE), wrong.toJson());

        assertDamaged("train/part-00001.parquet is not that shard: its footer calls it train/part-00000.parquet");
    }

    @Test
    void aShardLeftOfADatasetThatWasReplacedIsNeverReadForTheNewOne() {
        ShardEntry stale = TestDataset.shard(store, FOLDER, "train/part-00001.parquet", 500, 100);
        byte[] old = content(FOLDER.child(stale.file()));
        store.delete(FOLDER.child(stale.file()));
        ShardManifest now = TestDataset.write(store, FOLDER);
        byte[] current = content(FOLDER.child(stale.file()));

        store.damage(FOLDER.child(stale.file()), old);
        assertDamaged("train/part-00001.parquet has " + old.length + " bytes, the manifest says " + current.length);

        // An executor that does not look at lengths again, and one of the very length, are told by checksums.
        store.damage(FOLDER.child(stale.file()), Arrays.copyOf(old, current.length));
        assertDamaged("train/part-00001.parquet");
        assertThatExceptionOfType(DamagedDatasetException.class)
                .isThrownBy(() -> all(ShardedDataset.of(stores, FOLDER, now).groups(Split.TRAIN)))
                .withMessageContaining("train/part-00001.parquet");
    }

    @Test
    void aShardThatTheManifestDoesNotNameIsReadByNobodyAndNamedAsAStray() {
        TestDataset.write(store, FOLDER);
        TestDataset.shard(store, FOLDER, "train/part-00007.parquet", 500, 10);

        assertThat(all(ShardedDataset.open(stores, FOLDER).groups(Split.TRAIN))).hasSize(200);
        assertThat(new StrayShards(store, FOLDER).find()).containsExactly(FOLDER.child("train/part-00007.parquet"));
    }

    private void assertDamaged(String message) {
        assertThatExceptionOfType(DamagedDatasetException.class)
                .isThrownBy(() -> {
                    ShardedDataset dataset = ShardedDataset.open(stores, FOLDER);
                    all(dataset.groups(Split.TRAIN));
                })
                .withMessageContaining(message)
                .withMessageContaining("restore the file, or shard the dataset again");
    }

    /** Two thousand bits by default; {@code -Dconvoke.flips=10000} for the drill. */
    @Test
    void noFlippedBitIsEverReturned() {
        long seed = 5;
        int flips = Integer.getInteger("convoke.flips", 2_000);
        ShardManifest manifest = TestDataset.write(store, FOLDER);
        Location shard = FOLDER.child("validation/part-00000.parquet");
        byte[] content = content(shard);
        ExampleGroups intact = ShardedDataset.of(stores, FOLDER, manifest).groups(Split.VALIDATION);
        List<Example> expected = all(intact);
        int detected = 0;
        for (int i = 0; i < flips; i++) {
            byte[] flipped = content.clone();
            int bit = Keys.below(content.length * 8, Keys.mix(seed, i));
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            store.damage(shard, flipped);
            ExampleGroups groups = ShardedDataset.of(stores, FOLDER, manifest).groups(Split.VALIDATION);
            try {
                List<Example> read = all(groups);
                // Only the four bytes before the first row group are in none: the file's magic.
                assertThat(bit / 8).as("seed %d, flip %d", seed, i).isLessThan(4);
                assertThat(read).hasSameSizeAs(expected);
            } catch (DamagedDatasetException e) {
                assertThat(e).hasMessageContaining("validation/part-00000.parquet");
                detected++;
            }
        }

        System.out.println(flips + " flipped bits of a shard, seed " + seed + ": " + detected + " found, 0 trained on");
        assertThat(detected).isGreaterThan(flips - flips / 200);
    }

    @Test
    void verifyingFindsWhatOnlyTheWholeDigestSees() {
        ShardManifest manifest = TestDataset.write(store, FOLDER);
        Location shard = FOLDER.child("validation/part-00000.parquet");
        byte[] content = content(shard);
        content[1] ^= 1;
        store.damage(shard, content);

        assertThatExceptionOfType(DamagedDatasetException.class)
                .isThrownBy(() -> ShardedDataset.of(stores, FOLDER, manifest).verify())
                .withMessageContaining("validation/part-00000.parquet has SHA-256");
    }

    private byte[] content(Location file) {
        return store.read(file, 10_000_000);
    }

    private static List<Example> all(ExampleGroups groups) {
        List<Example> examples = new ArrayList<>();
        for (int group = 0; group < groups.sizes().size(); group++) {
            List<Example> read = groups.read(group);
            assertThat(read).hasSize(groups.sizes().get(group));
            examples.addAll(read);
        }
        return examples;
    }
}
