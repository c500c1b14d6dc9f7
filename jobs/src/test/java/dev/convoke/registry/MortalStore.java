package dev.convoke.registry;

import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.SeekableInput;
import java.util.List;
import java.util.Optional;

/** What one process sees of a store that others use, too: at one of its own operations that process dies. */
class MortalStore implements FileStore {

    /** The process is dead. An error, so that nothing handles it by mistake. */
    static final class Died extends Error {
        Died(String operation) {
            super("died before " + operation);
        }
    }

    private final FileStore store;
    private int left;

    MortalStore(FileStore store, int operations) {
        this.store = store;
        this.left = operations;
    }

    private void live(String operation) {
        if (left-- <= 0) {
            throw new Died(operation);
        }
    }

    @Override
    public SeekableInput open(Location file) {
        return store.open(file);
    }

    @Override
    public DurableOutput create(Location file) {
        live("create " + file);
        return store.create(file);
    }

    @Override
    public void replace(Location file, byte[] content) {
        live("replace " + file);
        store.replace(file, content);
    }

    @Override
    public void rename(Location from, Location to) {
        live("rename " + from);
        store.rename(from, to);
    }

    @Override
    public void renameOver(Location from, Location to) {
        live("rename " + from);
        store.renameOver(from, to);
    }

    @Override
    public void delete(Location location) {
        live("delete " + location);
        store.delete(location);
    }

    @Override
    public void makeFolder(Location folder) {
        live("make folder " + folder);
        store.makeFolder(folder);
    }

    @Override
    public List<FileEntry> list(Location folder) {
        return store.list(folder);
    }

    @Override
    public Optional<FileEntry> find(Location location) {
        return store.find(location);
    }

    @Override
    public byte[] read(Location file, int largestBytes) {
        return store.read(file, largestBytes);
    }
}
