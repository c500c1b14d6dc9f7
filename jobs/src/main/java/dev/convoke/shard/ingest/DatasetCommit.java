package dev.convoke.shard.ingest;

import dev.convoke.shard.DamagedDatasetException;
import dev.convoke.shard.Quarantine;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.ShardBuilder.Outcome;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * Puts a dataset into its folder so that it is whole or not there: everything is made in a temporary folder, moved, and
 * the manifest is written last.
 */
public final class DatasetCommit {

    private static final String TEMPORARY = ".sharding-";

    private final FileStore store;
    private final Location out;

    /** Describes the folder of a dataset. */
    public DatasetCommit(FileStore store, Location out) {
        this.store = store;
        this.out = out;
    }

    /** Returns a folder for what is not yet finished. */
    public Location temporary(String unique) {
        return out.child(TEMPORARY + unique);
    }

    /**
     * Checks that a dataset may be made here.
     *
     * @return the manifest of the dataset that is here, if any; it is to be replaced
     * @throws UnusableSourceException if something is here that is no dataset, or source and dataset overlap
     */
    public Optional<ShardManifest> check(Location source) {
        boolean overlap =
                (source.uri() + "/").startsWith(out.uri() + "/") || (out.uri() + "/").startsWith(source.uri() + "/");
        if (overlap) {
            throw new UnusableSourceException("The source " + source + " and the dataset " + out
                    + " are one inside the other: choose another --out");
        }
        Optional<FileEntry> there = store.find(out);
        if (there.isPresent() && !there.get().folder()) {
            throw new UnusableSourceException(out + " is a file: choose another --out");
        }
        List<String> names = store.list(out).stream()
                .map(entry -> entry.location().name())
                .filter(name -> !PathNames.isHidden(name))
                .toList();
        if (names.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(ShardManifest.read(store, out));
        } catch (DamagedDatasetException e) {
            throw new UnusableSourceException(
                    out + " is not empty (" + names.get(0) + ") and holds no dataset that could be replaced: choose"
                            + " another --out, or empty it yourself",
                    e);
        }
    }

    /**
     * Moves shards to their places and writes quarantine and manifest.
     *
     * @param old the dataset to replace, as {@link #check} gave it
     * @param outcomes what the shards' makers said
     * @param quarantines lists of rejected inputs, to be joined in this order
     */
    public void commit(
            Optional<ShardManifest> old, ShardManifest manifest, List<Outcome> outcomes, List<Location> quarantines) {
        old.ifPresent(this::remove);
        for (Outcome outcome : outcomes) {
            ShardEntry shard = outcome.shard();
            if (shard != null) {
                store.rename(new Location(outcome.file()), out.child(shard.file()));
            }
        }
        joinQuarantines(quarantines);
        Location file = out.child(ShardManifest.FILE);
        try (DurableOutput output = store.create(file)) {
            output.write(manifest.toJson());
        } catch (IOException e) {
            throw failure("write", file, e);
        }
    }

    /** The manifest goes first: from then on there is no dataset, rather than half of one. */
    private void remove(ShardManifest old) {
        store.delete(out.child(ShardManifest.FILE));
        store.delete(out.child(Quarantine.FILE));
        old.shards().forEach(shard -> store.delete(out.child(shard.file())));
        for (Split split : Split.values()) {
            if (store.list(out.child(split.folder())).isEmpty()) {
                store.delete(out.child(split.folder()));
            }
        }
    }

    private void joinQuarantines(List<Location> quarantines) {
        Location file = out.child(Quarantine.FILE);
        try (DurableOutput output = store.create(file)) {
            for (Location part : quarantines) {
                try (InputStream in = store.open(part)) {
                    in.transferTo(output);
                }
            }
        } catch (IOException e) {
            throw failure("write", file, e);
        }
    }

    private static StorageException failure(String operation, Location file, IOException cause) {
        return new StorageException(
                "Cannot " + operation + " " + file + " (" + cause.getMessage()
                        + "): look at the storage, then shard again",
                cause);
    }
}
