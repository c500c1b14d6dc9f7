package dev.convoke.checkpoint;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes folders that nobody needs any more while others work: to free a gigabyte takes a disk thirty times as long as
 * to commit one. What does not go is logged; {@link CheckpointStore#recover} takes it away when the run goes on.
 */
public final class BackgroundDeletion implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BackgroundDeletion.class);

    private static final long LONGEST_SECONDS = 20;

    private final FileStore store;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread made = new Thread(work, "checkpoint-deletion");
        made.setDaemon(true);
        return made;
    });

    /** Starts without work. */
    public BackgroundDeletion(FileStore store) {
        this.store = store;
    }

    /** Deletes a folder some time from now, after those named before. */
    public void delete(Location folder) {
        thread.execute(() -> {
            try {
                store.delete(folder);
            } catch (StorageException e) {
                LOG.warn("{} stays for now: {}", folder, e.getMessage());
            }
        });
    }

    /** Waits until everything is deleted, 20 s at most. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("Deleting old checkpoints takes longer than {} s; the rest stays", LONGEST_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
