package dev.convoke.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.TestDataset;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.Addition;
import dev.convoke.shard.ingest.Layout;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Resized images are taken in only where every image of the dataset is known by the file it came from. */
class ResizedImagesTest {

    private static final Location DATA = MemoryFileStore.root().child("data");
    private static final Location NIGHTS = MemoryFileStore.root().child("work").child("nights");

    private final MemoryFileStore store = new MemoryFileStore();
    private final ShardManifest manifest = TestDataset.write(store, DATA);
    private final ResizedImages images = new ResizedImages(store, NIGHTS);

    @Test
    void aDatasetThatNightsOfThisWorkFolderMadeGrowsOn() {
        // 230 examples and 2 that were rejected.
        night("monday", 200, false);
        night("tuesday", 32, false);

        images.requireKnown(DATA, manifest);
    }

    @Test
    void imagesThatCameInAnotherWayAreRefused() {
        night("monday", 200, false);
        night("tuesday", 32, true);
        Addition found = new Addition("folders", new Layout("", List.of(), List.of()), List.of(), List.of(), 99, 99);
        found.write(store, NIGHTS.child("begun").child("addition"));

        assertThatThrownBy(() -> images.requireKnown(DATA, manifest))
                .isInstanceOf(UnusableSourceException.class)
                .hasMessageContaining("Of the 232 images of memory:/data the nights of memory:/work took in 200")
                .hasMessageContaining("sharding.resize: 0");
    }

    private void night(String name, long fresh, boolean heldBack) {
        Location night = NIGHTS.child(name);
        new Addition("folders", new Layout("", List.of(), List.of()), List.of(), List.of(), fresh, fresh)
                .write(store, night.child("addition"));
        store.replace(night.child("steps").child(NightData.INGEST + ".json"), "{}".getBytes(UTF_8));
        store.replace(
                night.child("steps").child(NightData.EXAMINE + ".json"),
                ("{\"held_back\": " + heldBack + "}").getBytes(UTF_8));
    }
}
