package dev.convoke.cli;

import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.shard.ingest.DatasetCommit;
import dev.convoke.shard.ingest.DatasetFence;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.util.function.Consumer;

/** Changes a dataset while no sharding job is at work on it. */
final class DatasetOwnership {

    private DatasetOwnership() {}

    /**
     * Does something as the owner of a dataset's workshop; what a killed job has left there to go on with is dropped.
     *
     * @param takeover from whom the workshop may be taken
     * @param work is given what throws once the workshop has another owner
     * @throws dev.convoke.checkpoint.RunOwnedException if a job is at work there
     */
    static void with(FileStore store, Location dataset, Takeover takeover, Consumer<Runnable> work) {
        Location workshop = new DatasetCommit(store, dataset).workshop();
        RunOwnership ownership = RunOwnership.acquire(store, workshop, takeover);
        try {
            new DatasetFence(store, dataset).dropStaged();
            work.accept(ownership::checkStillOwner);
        } finally {
            if (ownership.isStillOwner()) {
                store.delete(workshop);
            }
        }
    }
}
