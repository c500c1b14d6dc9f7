package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.TestImages;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.Addition;
import dev.convoke.shard.ingest.Revisions;
import dev.convoke.spark.NewImages.Known;
import dev.convoke.spark.ShardingOptions.OnConflict;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is new is told by content, and joins the dataset once. */
class NewImagesTest extends ShardingFixture {

    private int searches;

    @Test
    void theFirstSearchFindsEverythingAndMakesTheDataset() throws IOException {
        put("car", 6);
        put("dog", 7);

        Addition addition = search(List.of());
        ShardManifest manifest = take(addition);

        assertThat(addition.found()).isEqualTo(13);
        assertThat(addition.fresh()).isEqualTo(13);
        assertThat(manifest.classes()).containsExactly("car", "dog");
        assertThat(examples(manifest)).isEqualTo(13);
    }

    @Test
    void movedRenamedAndCopiedFilesAreNotNewAndChangedOnesAre() throws IOException {
        put("car", 6);
        put("dog", 6);
        take(search(List.of()));
        Files.move(images.resolve("car/1.jpg"), images.resolve("car/renamed.jpg"));
        Files.copy(images.resolve("dog/2.jpg"), images.resolve("dog/copy.jpg"));
        write("car/3.jpg", TestImages.jpeg(40, 30, 99));
        write("dog/new.jpg", TestImages.jpeg(41, 30, 98));

        Addition addition = search(List.of());
        ShardManifest manifest = take(addition);

        assertThat(addition.found()).isEqualTo(14);
        assertThat(addition.fresh()).isEqualTo(2);
        assertThat(manifest.history().revision()).isEqualTo(2);
        assertThat(examples(manifest)).isEqualTo(14);
        assertThat(search(List.of()).fresh()).isZero();
    }

    @Test
    void anEmptyFolderHasNothingNew() throws IOException {
        Files.createDirectories(images);

        assertThat(search(List.of()).found()).isZero();
    }

    @Test
    void oneImageUnderTwoNamesComesInOnce() throws IOException {
        put("car", 3);
        put("dog", 3);
        Files.copy(images.resolve("car/1.jpg"), images.resolve("car/twin.jpg"));

        assertThat(search(List.of()).fresh()).isEqualTo(6);
    }

    @Test
    void whatALedgerListsIsKnownThoughTheDatasetHasOtherBytes() throws IOException {
        put("car", 6);
        put("dog", 6);
        Addition first = search(List.of());
        List<Location> ledger = first.digests().stream().map(Location::new).toList();
        new SparkSharder(SharedSpark.local())
                .shard(
                        ShardingOptions.of(folder("addition-1"), out)
                                .withResize(8)
                                .withOnConflict(OnConflict.ADD),
                        (done, total, unit) -> {});

        assertThat(search(List.of()).fresh()).isEqualTo(12);
        assertThat(search(ledger).fresh()).isZero();
    }

    @Test
    void anAdditionMayLackTrainingImagesOfAClassTheDatasetHas() throws IOException {
        put("car", 6);
        put("dog", 6);
        take(search(List.of()));
        write("car/new.jpg", TestImages.jpeg(40, 30, 99));

        ShardManifest manifest = take(search(List.of()), 0.99);

        assertThat(manifest.split(Split.VALIDATION).orElseThrow().examples()).isEqualTo(1);
    }

    @Test
    void takingTheSameAdditionTwiceIsTakingItOnce() throws IOException {
        put("car", 6);
        put("dog", 6);
        take(search(List.of()));
        write("dog/new.jpg", TestImages.jpeg(41, 30, 98));
        Addition addition = search(List.of());
        ShardManifest once = take(addition);

        ShardManifest twice = take(addition);

        assertThat(twice).isEqualTo(once);
    }

    @Test
    void anImageThatReplacesOneOfTheSameNameAndLengthComesIn() throws IOException {
        put("car", 6);
        put("dog", 6);
        Map<Integer, byte[]> byLength = new TreeMap<>();
        byte[] first = {};
        byte[] second = {};
        for (long seed = 100; second.length == 0; seed++) {
            second = TestImages.jpeg(24, 16, seed);
            first = byLength.getOrDefault(second.length, first);
            boolean isTwin = byLength.put(second.length, second) != null;
            second = isTwin ? second : new byte[0];
        }
        take(search(List.of()));
        write("car/today.jpg", first);
        take(search(List.of()));
        write("car/today.jpg", second);
        assertThat(second).hasSameSizeAs(first).isNotEqualTo(first);

        ShardManifest manifest = take(search(List.of()));

        assertThat(manifest.history().revision()).isEqualTo(3);
    }

    @Test
    void anAdditionCanBeTakenBackToTheByte() throws IOException {
        put("car", 6);
        put("dog", 6);
        ShardManifest before = take(search(List.of()));
        List<String> files = names(out.child("train"));
        write("eel/new.jpg", TestImages.jpeg(41, 30, 98));
        ShardManifest after = take(search(List.of()));

        new Revisions(store, out).rollBackTo(1, () -> {});

        // Whoever owns the workshop deletes it.
        assertThat(names(out.child(".sharding"))).isEmpty();
        store.delete(out.child(".sharding"));
        assertThat(after.classes()).containsExactly("car", "dog", "eel");
        assertThat(ShardManifest.read(store, out)).isEqualTo(before);
        assertThat(names(out.child("train"))).isEqualTo(files);
        assertThat(names(out.child("revisions"))).isEmpty();
        assertThat(take(search(List.of()))).isEqualTo(after);
    }

    private Location folder(String name) {
        return Location.parse(folder.resolve(name).toString());
    }

    private Addition search(List<Location> ledger) {
        searches++;
        Optional<ShardManifest> manifest = store.exists(out.child(ShardManifest.FILE))
                ? Optional.of(ShardManifest.read(store, out))
                : Optional.empty();
        return new NewImages(SharedSpark.local())
                .find(
                        Location.parse(images.toString()),
                        new Known(out, manifest, ledger),
                        folder("addition-" + searches),
                        (done, total, unit) -> {});
    }

    private ShardManifest take(Addition addition) {
        return take(addition, 0);
    }

    private ShardManifest take(Addition addition, double validation) {
        assertThat(addition.parts()).isNotEmpty();
        return sharder.shard(
                        ShardingOptions.of(folder("addition-" + searches), out)
                                .withFractions(validation, 0)
                                .withOnConflict(OnConflict.ADD),
                        (done, total, unit) -> {})
                .manifest();
    }

    private static long examples(ShardManifest manifest) {
        return manifest.shards().stream().mapToLong(ShardEntry::rows).sum();
    }
}
