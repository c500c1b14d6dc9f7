package dev.convoke.checkpoint;

import dev.convoke.storage.AlreadyExistsException;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the checkpoints of a run so that each is whole or not there, whatever dies and whenever. Used by the run's
 * owner, from one thread.
 *
 * <p>A save is {@link #begin}, slices written by anyone into that folder, {@link #commit}. Before the first one call
 * {@link #recover}, which also takes away what a former owner left unfinished.
 */
public final class CheckpointStore {

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

    /** Folders with these names are ours alone: nothing in them was ever committed, or it was to be deleted. */
    private static final Pattern UNFINISHED = Pattern.compile("\\.tmp-(\\d+)-.*");

    private static final Pattern ASIDE = Pattern.compile("aside-round-(\\d+)-.*");

    private final FileStore store;
    private final Location folder;
    private final RunOwnership ownership;
    private final Retention retention;
    private final CheckpointReader reader;
    private final Consumer<Location> deletion;
    private final Set<Integer> verified = new HashSet<>();
    private Set<Integer> kept = Set.of();

    /** Saves into a run directory that the caller owns, and deletes what the retention does not keep at once. */
    public CheckpointStore(FileStore store, Location run, RunOwnership ownership, Retention retention) {
        this(store, run, ownership, retention, store::delete);
    }

    /**
     * Saves into a run directory that the caller owns.
     *
     * @param deletion is given each folder that is of no use any more, and may delete it whenever it likes
     */
    public CheckpointStore(
            FileStore store, Location run, RunOwnership ownership, Retention retention, Consumer<Location> deletion) {
        this.store = store;
        this.deletion = deletion;
        this.folder = CheckpointReader.folderOf(run);
        this.ownership = ownership;
        this.retention = retention;
        this.reader = new CheckpointReader(store, run);
    }

    /**
     * Deletes unfinished saves of this and former owners, sets aside what was never committed, and finds the checkpoint
     * to continue from.
     *
     * @throws RunOwnedException if the run has another owner now
     */
    public Recovery recover() {
        ownership.checkStillOwner();
        for (FileEntry entry : store.list(folder)) {
            Matcher unfinished = UNFINISHED.matcher(entry.location().name());
            if (unfinished.matches() && Long.parseLong(unfinished.group(1)) <= ownership.token()) {
                store.delete(entry.location());
            }
        }
        Recovery recovery = reader.recover();
        recovery.newest()
                .ifPresent(checkpoint -> verified.add(checkpoint.header().roundsDone()));
        // Only now, so that the recovery could tell why they were not used. A former owner that wakes up in the middle
        // of a commit finds its folder gone.
        for (int round : reader.rounds()) {
            if (!reader.isCommitted(round)) {
                setAside(round);
            }
        }
        return recovery;
    }

    /** Makes a new folder for the slices of the state after so many rounds. */
    public Location begin(int roundsDone) {
        Location temporary = folder.child(unfinishedName(String.format(Locale.ROOT, "round-%06d", roundsDone)));
        store.makeFolder(temporary);
        return temporary;
    }

    /**
     * Forgets a save that failed.
     *
     * @throws RunOwnedException if the run has another owner now: then that is why it failed
     */
    public void abandon(Location temporary) {
        ownership.checkStillOwner();
        store.delete(temporary);
    }

    /**
     * Makes a save a checkpoint, then deletes older ones as the retention allows. If this fails, the same call may be
     * made again: what was done stays done. A checkpoint of the same round, left by a crash, damaged, or of a course
     * that was rolled back, is set aside.
     *
     * @param temporary what {@link #begin} returned
     * @param slices what {@link SliceFiles#write} returned, in the order of the state vector
     * @throws RunOwnedException if the run has another owner now; nothing is committed then
     * @throws DamagedCheckpointException if a slice is not in the folder as it was written
     */
    public Checkpoint commit(Location temporary, CheckpointHeader header, List<SliceEntry> slices) {
        CheckpointManifest.checkSlices("Cannot commit " + temporary, slices);
        ownership.checkStillOwner();
        byte[] manifest = CheckpointManifest.write(header, ownership.token(), slices);
        String digest = Sha256.of(manifest);
        Location target = reader.folderOf(header.roundsDone());
        if (!renamedBefore(temporary, target, digest)) {
            keepOnlySlices(temporary, slices);
            writeManifest(temporary.child(CheckpointManifest.FILE), manifest, digest);
            if (store.exists(target)) {
                setAside(header.roundsDone());
            }
            ownership.checkStillOwner();
            store.rename(temporary, target);
        }
        writeMarker(target, digest);
        verified.add(header.roundsDone());
        prune();
        return new Checkpoint(target, header, ownership.token(), slices, digest);
    }

    /** Names rounds whose checkpoints stay whatever the retention says, the best one for example. */
    public void keep(Set<Integer> roundsDone) {
        kept = Set.copyOf(roundsDone);
    }

    /**
     * Finds the checkpoint to go back to and sets aside every one of a higher round.
     *
     * @param mostRounds how many rounds it may have behind it; if none that verifies has so few, the one with the
     *     fewest is taken, unless 0 rounds are asked for: then the run starts anew
     * @return where the run goes on from; empty if no checkpoint verifies
     */
    public Optional<Checkpoint> rollBackTo(int mostRounds) {
        ownership.checkStillOwner();
        Optional<Checkpoint> target = Optional.empty();
        for (int round : reader.rounds()) {
            if (target.isEmpty() || target.get().header().roundsDone() > mostRounds) {
                Optional<Checkpoint> found = verifiedOrEmpty(round);
                target = found.isPresent() ? found : target;
            }
        }
        if (mostRounds <= 0) {
            target = target.filter(checkpoint -> checkpoint.header().roundsDone() == 0);
        }
        int keep = target.map(checkpoint -> checkpoint.header().roundsDone()).orElse(-1);
        for (int round : reader.rounds()) {
            if (round > keep) {
                setAside(round);
            }
        }
        return target;
    }

    private Optional<Checkpoint> verifiedOrEmpty(int round) {
        try {
            Checkpoint checkpoint = reader.verify(round);
            verified.add(round);
            return Optional.of(checkpoint);
        } catch (DamagedCheckpointException e) {
            LOG.warn("Not usable: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private boolean renamedBefore(Location temporary, Location target, String digest) {
        if (store.exists(temporary)) {
            return false;
        }
        Location manifest = target.child(CheckpointManifest.FILE);
        if (store.exists(manifest) && Sha256.of(store, manifest).equals(digest)) {
            return true;
        }
        throw new DamagedCheckpointException(
                temporary + " is gone and nothing of it is in " + target
                        + ": it was abandoned or deleted; save the round again",
                null);
    }

    private void keepOnlySlices(Location temporary, List<SliceEntry> slices) {
        Map<String, FileEntry> files = new HashMap<>();
        store.list(temporary).forEach(entry -> files.put(entry.location().name(), entry));
        for (SliceEntry slice : slices) {
            FileEntry file = files.remove(slice.file());
            long bytes = (long) slice.length() * Float.BYTES;
            if (file == null || file.bytes() != bytes) {
                throw new DamagedCheckpointException(
                        temporary.child(slice.file()) + (file == null ? " is missing" : " has " + file.bytes())
                                + ", its entry says " + bytes + " bytes; save the round again",
                        null);
            }
        }
        // What attempts that were given up have left.
        files.values().forEach(entry -> store.delete(entry.location()));
    }

    private void writeManifest(Location file, byte[] manifest, String digest) {
        store.replace(file, manifest);
        String found = Sha256.of(store, file);
        if (!found.equals(digest)) {
            throw new DamagedCheckpointException(
                    file + " reads back with SHA-256 " + found + " instead of " + digest
                            + ": the storage damages files; check it",
                    null);
        }
    }

    private void writeMarker(Location target, String digest) {
        Location marker = target.child(CheckpointReader.MARKER);
        byte[] content = (digest + "\n").getBytes(StandardCharsets.UTF_8);
        try (DurableOutput output = store.create(marker)) {
            output.write(content);
        } catch (AlreadyExistsException e) {
            if (!reader.marker(target).equals(Optional.of(digest))) {
                // Cut short by a crash, or from a former owner that woke up too late.
                ownership.checkStillOwner();
                store.replace(marker, content);
            }
        } catch (IOException e) {
            throw new StorageException("Cannot write " + marker + ": " + e.getMessage() + "; check the storage", e);
        }
    }

    private void setAside(int round) {
        Location from = reader.folderOf(round);
        Location to = folder.child(
                String.format(Locale.ROOT, "aside-round-%06d-%d-%s", round, ownership.token(), UUID.randomUUID()));
        verified.remove(round);
        takeAway(from, to);
        LOG.warn("Set {} aside as {}", from, to.name());
    }

    /** Frees a name, unless this owner was paused just before and the name is the new owner's by now. */
    private void takeAway(Location from, Location to) {
        ownership.checkStillOwner();
        store.rename(from, to);
        try {
            ownership.checkStillOwner();
        } catch (RunOwnedException e) {
            store.rename(to, from);
            throw e;
        }
    }

    private void dispose(int round, Location useless) {
        Location doomed = folder.child(unfinishedName("deleted-" + round));
        takeAway(useless, doomed);
        deletion.accept(doomed);
    }

    private String unfinishedName(String what) {
        return ".tmp-" + ownership.token() + "-" + what + "-" + UUID.randomUUID();
    }

    /** The checkpoint is safe already: whatever fails here is logged and tried again after the next one. */
    private void prune() {
        try {
            List<Integer> committed =
                    reader.rounds().stream().filter(reader::isCommitted).toList();
            Set<Integer> staying = staying(committed);
            for (int round : committed) {
                if (!staying.contains(round)) {
                    dispose(round, reader.folderOf(round));
                    verified.remove(round);
                }
            }
            deleteSetAside(staying);
        } catch (StorageException e) {
            LOG.warn("Old checkpoints stay for now: {}", e.getMessage());
        }
    }

    /** Returns what the retention keeps and, beyond that, as many of the newest as it takes to have two that verify. */
    private Set<Integer> staying(List<Integer> committedNewestFirst) {
        Set<Integer> staying = new HashSet<>(kept);
        for (int i = 0; i < committedNewestFirst.size(); i++) {
            int round = committedNewestFirst.get(i);
            if (i < retention.newest() || retention.keepsForGood(round)) {
                staying.add(round);
            }
        }
        int good = 0;
        for (int round : committedNewestFirst) {
            if (good >= 2) {
                break;
            }
            staying.add(round);
            good += verifies(round) ? 1 : 0;
        }
        return staying;
    }

    private boolean verifies(int round) {
        return verified.contains(round) || verifiedOrEmpty(round).isPresent();
    }

    /** What was set aside goes once two checkpoints of later rounds stay. */
    private void deleteSetAside(Set<Integer> staying) {
        for (FileEntry entry : store.list(folder)) {
            Matcher aside = ASIDE.matcher(entry.location().name());
            if (aside.matches()) {
                int round = Integer.parseInt(aside.group(1));
                if (staying.stream()
                                .filter(later -> later > round && verified.contains(later))
                                .count()
                        >= 2) {
                    dispose(round, entry.location());
                }
            }
        }
    }
}
