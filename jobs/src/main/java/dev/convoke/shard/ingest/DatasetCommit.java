package dev.convoke.shard.ingest;

import dev.convoke.shard.DamagedDatasetException;
import dev.convoke.shard.Quarantine;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.ShardBuilder.Outcome;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Puts a dataset into its folder so that it is whole at any moment: everything is made in a temporary folder and moved
 * beside what is there, the manifest is exchanged in one step, and only then goes what nothing needs any more.
 */
public final class DatasetCommit {

    private static final String WORKSHOP = ".sharding";
    private static final String REVISIONS = "revisions";
    private static final String REFUSED = ".refused";

    private final FileStore store;
    private final Location out;

    /** What becomes of a dataset that is there. */
    public enum Succession {
        /** There is none. */
        NEW,
        /** It goes once the new one is there. */
        REPLACES,
        /** Its shards stay and others join them. */
        EXTENDS
    }

    /** Describes the folder of a dataset. */
    public DatasetCommit(FileStore store, Location out) {
        this.store = store;
        this.out = out;
    }

    /** Returns the folder for everything that is not yet finished; all of it can be made again. */
    public Location workshop() {
        return out.child(WORKSHOP);
    }

    /** Returns the folder for the lists of what a source was refused for; the next dataset that is made deletes it. */
    public Location refused() {
        return out.child(REFUSED);
    }

    /**
     * Joins lists of what a source is refused for.
     *
     * @param name of the whole list
     * @param stillOwner throws if the caller does not own the workshop any more
     * @return where the whole list is
     */
    public Location keepRefused(String name, List<Location> lists, Runnable stillOwner) {
        Location file = refused().child(name);
        join(lists, file, stillOwner);
        return file;
    }

    /**
     * Checks that a dataset may be made here.
     *
     * @return the manifest of the dataset that is here, if any
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
        if (names.isEmpty() || isUnfinished(names)) {
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

    /** A job that was killed while it moved its shards leaves these, and its workshop, and no manifest. */
    private boolean isUnfinished(List<String> names) {
        return store.exists(workshop())
                && Set.of("train", "validation", "test", Quarantine.FILE).containsAll(names);
    }

    /**
     * Moves shards to their places, writes the quarantine and exchanges the manifest.
     *
     * @param old the dataset that is here, as {@link #check} gave it
     * @param outcomes what the shards' makers said
     * @param quarantines lists of rejected inputs, to be joined in this order
     * @param stillOwner throws if the caller does not own the workshop any more; then the dataset is what it was
     */
    public void commit(
            Optional<ShardManifest> old,
            Succession succession,
            ShardManifest manifest,
            List<Outcome> outcomes,
            List<Location> quarantines,
            Runnable stillOwner) {
        DatasetFence fence = new DatasetFence(store, out);
        Set<String> listed = old.map(DatasetCommit::files).orElse(Set.of());
        for (Outcome outcome : outcomes) {
            ShardEntry shard = outcome.shard();
            if (shard != null) {
                Location place = out.child(shard.file());
                if (!listed.contains(shard.file()) && store.exists(place)) {
                    // Left by a job that was killed before its manifest counted: no reader knows of it.
                    fence.takeAway(place, stillOwner);
                }
                fence.moveIn(new Location(outcome.file()), place, stillOwner);
            }
        }
        if (succession == Succession.EXTENDS) {
            ShardManifest before = old.orElseThrow();
            Location kept = out.child(REVISIONS)
                    .child(String.format(
                            Locale.ROOT, "manifest-%06d.json", before.history().revision()));
            stillOwner.run();
            store.replace(kept, before.toJson());
        }
        joinQuarantines(succession, manifest, quarantines, stillOwner);
        fence.commit(manifest, stillOwner);
        if (succession == Succession.REPLACES) {
            Set<String> needed = files(manifest);
            listed.stream()
                    .filter(file -> !needed.contains(file))
                    .forEach(file -> fence.takeAway(out.child(file), stillOwner));
            fence.takeAway(out.child(REVISIONS), stillOwner);
            dropEmptySplits(fence, stillOwner);
        }
    }

    private static Set<String> files(ShardManifest manifest) {
        return manifest.shards().stream().map(ShardEntry::file).collect(Collectors.toSet());
    }

    private void dropEmptySplits(DatasetFence fence, Runnable stillOwner) {
        for (String split : List.of("train", "validation", "test")) {
            if (store.exists(out.child(split)) && store.list(out.child(split)).isEmpty()) {
                fence.takeAway(out.child(split), stillOwner);
            }
        }
    }

    private void joinQuarantines(
            Succession succession, ShardManifest manifest, List<Location> quarantines, Runnable stillOwner) {
        Location file = succession != Succession.EXTENDS
                ? out.child(Quarantine.FILE)
                : out.child(REVISIONS)
                        .child(String.format(
                                Locale.ROOT,
                                "quarantine-%06d.jsonl",
                                manifest.history().revision()));
        join(quarantines, file, stillOwner);
    }

    private void join(List<Location> quarantines, Location file, Runnable stillOwner) {
        Location whole = workshop().child("joined-" + UUID.randomUUID());
        try (DurableOutput output = store.create(whole)) {
            join(quarantines, output, whole);
        } catch (IOException e) {
            throw failure(whole, e);
        }
        DatasetFence fence = new DatasetFence(store, out);
        fence.takeAway(file, stillOwner);
        fence.moveIn(whole, file, stillOwner);
    }

    private void join(List<Location> quarantines, OutputStream output, Location file) {
        for (Location part : quarantines) {
            try (InputStream in = store.open(part)) {
                in.transferTo(output);
            } catch (IOException e) {
                throw failure(file, e);
            }
        }
    }

    private static StorageException failure(Location file, IOException cause) {
        return new StorageException(
                "Cannot write " + file + " (" + cause.getMessage() + "): look at the storage, then shard again", cause);
    }
}
