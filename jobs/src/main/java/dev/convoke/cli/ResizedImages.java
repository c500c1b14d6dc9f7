package dev.convoke.cli;

import dev.convoke.registry.retraining.StepLog;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.Addition;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import java.time.Clock;

/**
 * Images that were scaled down have other bytes than the files they came from: only the digests that a night keeps of
 * what it takes in tell that a file is known. What came into a dataset in another way would come in again, test images
 * for training among it.
 */
final class ResizedImages {

    private final FileStore store;
    private final Location nights;

    /** Looks at the nights of a work folder. */
    ResizedImages(FileStore store, Location nights) {
        this.store = store;
        this.nights = nights;
    }

    /**
     * Does nothing if nights of this work folder took in everything that a dataset holds.
     *
     * @throws UnusableSourceException if they did not
     */
    void requireKnown(Location dataset, ShardManifest manifest) {
        long there = manifest.quarantined()
                + manifest.splits().stream().mapToLong(SplitSummary::examples).sum();
        long known = 0;
        for (FileEntry night : store.list(nights)) {
            known += takenIn(night.location());
        }
        if (known < there) {
            throw new UnusableSourceException("Of the " + there + " images of " + dataset + " the nights of "
                    + nights.parent() + " took in " + known
                    + ": with sharding.resize the others cannot be told from new"
                    + " ones and would come in again; use the work folder that the dataset was made with, begin another"
                    + " dataset, or set sharding.resize: 0 if its files were left as they were");
        }
    }

    private long takenIn(Location night) {
        StepLog steps = new StepLog(store, night, Clock.systemUTC(), () -> {}, () -> {});
        Location addition = night.child("addition");
        boolean heldBack = steps.find(NightData.EXAMINE)
                .filter(examined -> examined.flag("held_back"))
                .isPresent();
        return steps.find(NightData.INGEST).isPresent() && !heldBack && Addition.isAt(store, addition)
                ? Addition.read(store, addition).fresh()
                : 0;
    }
}
