package dev.convoke.chaos;

import dev.convoke.registry.ModelRegistry;
import dev.convoke.registry.ModelVersion;
import dev.convoke.registry.UnknownVersionException;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import dev.convoke.storage.StorageException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A consumer that reads the champion again and again while nights happen, and counts what was not whole. */
final class AliasReader {

    private static final long PAUSE_NANOS = 50_000_000;

    private final AtomicBoolean ends = new AtomicBoolean();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger torn = new AtomicInteger();
    private final Thread thread;

    /**
     * What it saw.
     *
     * @param reads how often it read a champion
     * @param torn how often that was not whole
     */
    record Seen(int reads, int torn) {}

    AliasReader(FileStore store, Location place) {
        this.thread = new Thread(() -> look(store, place), "alias-reader");
        thread.start();
    }

    private void look(FileStore store, Location place) {
        ModelRegistry registry = new ModelRegistry(location -> store, place);
        int verified = 0;
        while (!ends.get()) {
            try {
                if (registry.current("champion").isPresent()) {
                    ModelVersion version = registry.resolve("champion");
                    // Every byte of a champion that is new to this reader; then that nothing of it is missing.
                    boolean isNew = version.number() != verified;
                    boolean whole = version.files().stream().allMatch(file -> isWhole(store, version, file, isNew));
                    verified = version.number();
                    reads.incrementAndGet();
                    torn.addAndGet(whole ? 0 : 1);
                }
            } catch (UnknownVersionException | StorageException broken) {
                torn.incrementAndGet();
                broken.printStackTrace();
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static boolean isWhole(
            FileStore store, ModelVersion version, ModelVersion.StoredFile file, boolean everyByte) {
        Location place = version.folder().child(file.name());
        boolean isThere =
                store.find(place).filter(there -> there.bytes() == file.bytes()).isPresent();
        return isThere && (!everyByte || Sha256.of(store, place).equals(file.sha256()));
    }

    Seen end() throws InterruptedException {
        ends.set(true);
        thread.join();
        return new Seen(reads.get(), torn.get());
    }
}
