package dev.convoke.checkpoint;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.NotFoundException;
import dev.convoke.storage.Sha256;
import dev.convoke.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds and verifies the checkpoints of a run directory. Changes nothing, needs no ownership. */
public final class CheckpointReader {

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointReader.class);

    static final String MARKER = "_COMMITTED";

    private static final Pattern NAME = Pattern.compile("round-(\\d{6,9})");
    private static final int LARGEST_MARKER = 1024;

    private final FileStore store;
    private final Location folder;

    /** Reads the checkpoints of a run directory. */
    public CheckpointReader(FileStore store, Location run) {
        this.store = store;
        this.folder = folderOf(run);
    }

    /**
     * Returns the checkpoint of the highest round that verifies to the last byte, and why each higher one does not.
     *
     * @throws dev.convoke.storage.NewerFormatException if a newer Convoke has written here
     * @throws StorageException if the storage cannot be reached: then nothing is known about the checkpoints
     */
    public Recovery recover() {
        List<Recovery.Rejected> rejected = new ArrayList<>();
        for (int round : rounds()) {
            Location checkpoint = folderOf(round);
            try {
                return new Recovery(Optional.of(verify(round)), rejected);
            } catch (DamagedCheckpointException e) {
                rejected.add(rejected(round, e));
            } catch (StorageException e) {
                // Unreadable files of a storage that answers are lost; a storage that does not answer says nothing.
                store.find(checkpoint);
                rejected.add(rejected(round, e));
            }
        }
        return new Recovery(Optional.empty(), rejected);
    }

    /**
     * Returns the committed checkpoint after so many rounds, verified to the last byte.
     *
     * @throws DamagedCheckpointException if it is missing, not committed or not what was saved
     */
    public Checkpoint verify(int roundsDone) {
        Checkpoint checkpoint = readManifest(roundsDone);
        SliceFiles.each(
                checkpoint.slices(),
                slice -> SliceFiles.verify(store, checkpoint.folder().child(slice.file()), slice));
        return checkpoint;
    }

    /**
     * Returns the committed checkpoint of the highest round whose manifest is whole. Its slices are not read: good
     * enough to look at, not to go on from.
     */
    public Optional<Checkpoint> glance() {
        for (int round : rounds()) {
            if (isCommitted(round)) {
                try {
                    return Optional.of(readManifest(round));
                } catch (DamagedCheckpointException e) {
                    LOG.debug("Not looked at; whoever wants to go on from it hears what is wrong", e);
                }
            }
        }
        return Optional.empty();
    }

    /** Returns the rounds that have a folder, committed or not, highest first. */
    List<Integer> rounds() {
        List<Integer> rounds = new ArrayList<>();
        for (FileEntry entry : store.list(folder)) {
            Matcher matcher = NAME.matcher(entry.location().name());
            if (matcher.matches()) {
                rounds.add(Integer.valueOf(matcher.group(1)));
            }
        }
        rounds.sort(Comparator.reverseOrder());
        return rounds;
    }

    /** Returns the digest in a checkpoint's marker, or empty if it has none. */
    Optional<String> marker(Location checkpoint) {
        try {
            byte[] content = store.read(checkpoint.child(MARKER), LARGEST_MARKER);
            return Optional.of(new String(content, StandardCharsets.UTF_8).strip());
        } catch (NotFoundException e) {
            return Optional.empty();
        }
    }

    /** Returns whether a marker was written to its end, whatever else is wrong. */
    boolean isCommitted(int roundsDone) {
        return marker(folderOf(roundsDone))
                .filter(digest -> digest.length() == 64)
                .isPresent();
    }

    Location folderOf(int roundsDone) {
        return folder.child(String.format(Locale.ROOT, "round-%06d", roundsDone));
    }

    static Location folderOf(Location run) {
        return run.child("checkpoints");
    }

    private Recovery.Rejected rejected(int round, RuntimeException why) {
        boolean wasCommitted;
        try {
            wasCommitted = isCommitted(round);
        } catch (StorageException e) {
            LOG.debug("A marker that is there and cannot be read was written by somebody", e);
            wasCommitted = true;
        }
        return new Recovery.Rejected(folderOf(round), String.valueOf(why.getMessage()), wasCommitted);
    }

    private Checkpoint readManifest(int roundsDone) {
        Location checkpoint = folderOf(roundsDone);
        String marker = marker(checkpoint)
                .orElseThrow(() -> new DamagedCheckpointException(
                        checkpoint + " has no " + MARKER + ": its save was cut short; resume from another one", null));
        byte[] text;
        try {
            text = store.read(checkpoint.child(CheckpointManifest.FILE), CheckpointManifest.LARGEST_BYTES);
        } catch (NotFoundException e) {
            throw new DamagedCheckpointException(
                    checkpoint + " has no " + CheckpointManifest.FILE + "; resume from another one", e);
        }
        String digest = Sha256.of(text);
        if (!digest.equals(marker)) {
            throw new DamagedCheckpointException(
                    checkpoint.child(CheckpointManifest.FILE) + " has SHA-256 " + digest + ", its " + MARKER + " says '"
                            + marker + "'; resume from another one",
                    null);
        }
        try {
            Checkpoint read = CheckpointManifest.read(checkpoint, text);
            if (read.header().roundsDone() != roundsDone) {
                throw new DamagedCheckpointException(
                        checkpoint + " holds the state after " + read.header().roundsDone()
                                + " rounds: somebody has renamed it; resume from another one",
                        null);
            }
            return read;
        } catch (MalformedFileException e) {
            throw new DamagedCheckpointException(String.valueOf(e.getMessage()), e);
        }
    }
}
