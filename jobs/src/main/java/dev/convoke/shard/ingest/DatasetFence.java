package dev.convoke.shard.ingest;

import dev.convoke.shard.ShardManifest;
import dev.convoke.storage.AlreadyExistsException;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import java.util.UUID;

/**
 * Changes a dataset so that a job which was paused, and whose workshop another one took meanwhile, changes nothing any
 * more: what it is about to commit waits in the workshop, where its successor drops it, and what it takes away it puts
 * back if the name is its successor's by then.
 */
public final class DatasetFence {

    private static final String STAGED = "manifest-";

    private final FileStore store;
    private final Location dataset;
    private final Location workshop;

    /** Describes a dataset. */
    public DatasetFence(FileStore store, Location dataset) {
        this.store = store;
        this.dataset = dataset;
        this.workshop = new DatasetCommit(store, dataset).workshop();
    }

    /**
     * Drops what former owners of the workshop were about to commit. For its new owner, before it looks at the dataset.
     */
    public void dropStaged() {
        for (FileEntry entry : store.list(workshop)) {
            if (entry.location().name().startsWith(STAGED)) {
                store.delete(entry.location());
            }
        }
    }

    /**
     * Lets a manifest count, in one step.
     *
     * @param stillOwner throws if the caller does not own the workshop any more; then nothing has changed
     */
    void commit(ShardManifest manifest, Runnable stillOwner) {
        Location staged = workshop.child(STAGED + UUID.randomUUID() + ".json");
        stillOwner.run();
        store.replace(staged, manifest.toJson());
        stillOwner.run();
        try {
            store.renameOver(staged, dataset.child(ShardManifest.FILE));
        } catch (NotFoundException dropped) {
            stillOwner.run();
            throw dropped;
        }
    }

    /**
     * Moves a finished file to its place.
     *
     * @param stillOwner throws if the caller does not own the workshop any more
     */
    void moveIn(Location file, Location place, Runnable stillOwner) {
        stillOwner.run();
        try {
            store.rename(file, place);
        } catch (NotFoundException | AlreadyExistsException changed) {
            // A successor deletes what is of no use to it, and has its own files.
            stillOwner.run();
            throw changed;
        }
    }

    /**
     * Deletes a file or folder, if it is there.
     *
     * @param stillOwner throws if the caller does not own the workshop any more; then what is there stays
     */
    void takeAway(Location place, Runnable stillOwner) {
        stillOwner.run();
        Location aside = workshop.child("away-" + UUID.randomUUID());
        try {
            store.rename(place, aside);
        } catch (NotFoundException nothingThere) {
            return;
        }
        try {
            stillOwner.run();
        } catch (RuntimeException lost) {
            putBack(aside, place);
            throw lost;
        }
        store.delete(aside);
    }

    private void putBack(Location aside, Location place) {
        try {
            store.rename(aside, place);
        } catch (AlreadyExistsException newer) {
            store.delete(aside);
        }
    }
}
