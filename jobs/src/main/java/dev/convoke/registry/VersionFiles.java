package dev.convoke.registry;

import dev.convoke.registry.ModelVersion.StoredFile;
import dev.convoke.storage.AlreadyExistsException;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import dev.convoke.storage.Sha256;
import dev.convoke.storage.StorageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a version's files into the registry: everything under a temporary name, then one rename. */
final class VersionFiles {

    private static final Logger LOG = LoggerFactory.getLogger(VersionFiles.class);
    private static final int CHUNK = 1 << 16;
    private static final int MOST_RACES = 1_000;

    private final FileStores stores;
    private final FileStore store;
    private final Location registry;

    VersionFiles(FileStores stores, Location registry) {
        this.stores = stores;
        this.store = stores.of(registry);
        this.registry = registry;
    }

    /** Returns a new place for a version that has no number yet. */
    Location begin() {
        return registry.child(".tmp-" + UUID.randomUUID());
    }

    /** Copies the files of a model folder. */
    List<StoredFile> copyModel(Location model, Location version) {
        FileStore source = stores.of(model);
        List<StoredFile> files = new ArrayList<>();
        for (FileEntry entry : source.list(model)) {
            if (!entry.folder() && !entry.location().name().startsWith(".")) {
                try (InputStream in = source.open(entry.location())) {
                    files.add(write(
                            version, ModelVersion.MODEL + "/" + entry.location().name(), in));
                } catch (IOException e) {
                    throw new StorageException(
                            "Cannot read " + entry.location() + ": " + e.getMessage() + "; register it again", e);
                }
            }
        }
        if (files.stream().noneMatch(file -> file.name().endsWith("/model.zip"))) {
            throw new NotFoundException(
                    "There is no model at " + model
                            + ": it has no model.zip; name the 'model' folder of a finished run",
                    null);
        }
        return files;
    }

    /** Writes a small file. */
    StoredFile write(Location version, String name, byte[] content) {
        return write(version, name, new ByteArrayInputStream(content));
    }

    private StoredFile write(Location version, String name, InputStream content) {
        Location file = version.child(name);
        Sha256 digest = new Sha256();
        long bytes = 0;
        try (DurableOutput out = store.create(file)) {
            byte[] chunk = new byte[CHUNK];
            for (int read = content.read(chunk); read >= 0; read = content.read(chunk)) {
                out.write(chunk, 0, read);
                digest.update(chunk, 0, read);
                bytes += read;
            }
        } catch (IOException e) {
            throw new StorageException("Cannot write " + file + ": " + e.getMessage() + "; check the storage", e);
        }
        String written = digest.hex();
        String found = Sha256.of(store, file);
        if (!found.equals(written)) {
            throw new StorageException(
                    file + " reads back with SHA-256 " + found + " instead of " + written
                            + ": the storage damages files; check it",
                    null);
        }
        return new StoredFile(name, bytes, written);
    }

    /** Gives a version the first free number from one on; returns the number. */
    int publish(Location temporary, int from) {
        for (int number = from; number < from + MOST_RACES; number++) {
            try {
                store.rename(temporary, registry.child(ModelRegistry.VERSIONS).child(ModelVersion.nameOf(number)));
                return number;
            } catch (AlreadyExistsException taken) {
                // Somebody else has registered meanwhile; the next number is as good.
                LOG.debug("Number {} is taken", number, taken);
            }
        }
        throw new StorageException(
                "No free number for a version in " + registry + " from " + from + " on: look at the registry", null);
    }
}
