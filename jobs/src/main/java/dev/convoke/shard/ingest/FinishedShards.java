package dev.convoke.shard.ingest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ingest.ShardBuilder.Outcome;
import dev.convoke.storage.AlreadyExistsException;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * Shards that are finished but not yet part of a dataset. They outlive the job that made them: the same request, asked
 * again after the job was killed or refused, goes on with what is here. A request knows its inputs by name and length
 * only, so each shard is kept under what its inputs were: after one was repaired, its shard is made again. Attempts
 * that finish the same shard twice made the same bytes, and the one noted first counts.
 */
public final class FinishedShards {

    /** What the name of every folder of finished shards begins with. */
    public static final String FOLDER = "finished-";

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int LARGEST_OUTCOME = 64 << 20;

    private final FileStore store;
    private final Location folder;

    /** Describes the folder of one request. */
    public FinishedShards(FileStore store, Location folder) {
        this.store = store;
        this.folder = folder;
    }

    /**
     * Returns whether a failed job left shards to go on with; where storage cannot say, it may have.
     *
     * @param failed is told what storage said
     */
    public static boolean mayBeIn(FileStore store, Location workshop, Exception failed) {
        try {
            return store.list(workshop).stream()
                    .anyMatch(entry -> entry.location().name().startsWith(FOLDER));
        } catch (StorageException unknown) {
            failed.addSuppressed(unknown);
            return true;
        }
    }

    /**
     * Deletes what former jobs left in a workshop, but the finished shards of one request, and but a job's own folder.
     */
    public static void dropOthers(FileStore store, Location shelf, Location job) {
        for (FileEntry entry : store.list(shelf.parent())) {
            String name = entry.location().name();
            boolean formerJob = name.startsWith("job-") && !name.equals(job.name());
            boolean otherRequest = name.startsWith(FOLDER) && !name.equals(shelf.name());
            if (formerJob || otherRequest) {
                store.delete(entry.location());
            }
        }
    }

    /** Returns whether a shard was ever finished, whatever its inputs were. */
    public boolean has(int number) {
        return store.exists(folder(number));
    }

    /**
     * Returns what came of a shard if it is finished and its file is whole, going by its length.
     *
     * @param inputs what its inputs are now
     */
    public Optional<Outcome> find(int number, Fingerprint inputs) {
        Location marker = file(number, inputs, ".json");
        if (!store.exists(marker)) {
            return Optional.empty();
        }
        Outcome outcome;
        try {
            outcome = MAPPER.readValue(store.read(marker, LARGEST_OUTCOME), Outcome.class);
        } catch (IOException e) {
            store.delete(marker);
            return Optional.empty();
        }
        ShardEntry shard = outcome.shard();
        long bytes =
                store.find(new Location(outcome.file())).map(FileEntry::bytes).orElse(-1L);
        return shard == null || shard.bytes() == bytes ? Optional.of(outcome) : Optional.empty();
    }

    /**
     * Takes the files of a finished attempt over and notes what came of it; if another attempt of the same was noted
     * before, nothing of that one is touched: the job may be moving it to its place already.
     *
     * @return what counts, of this attempt or of the one before
     */
    public Outcome keep(int number, Outcome made) {
        Location marker = file(number, made.fingerprint(), ".json");
        Optional<Outcome> first = find(number, made.fingerprint());
        if (first.isPresent()) {
            return first.get();
        }
        // Names that no other attempt has, so that the marker alone decides between two that end at the same time.
        String own = "-" + UUID.randomUUID();
        Outcome kept = made.at(
                made.shard() == null
                        ? made.file()
                        : moved(made.file(), file(number, made.fingerprint(), own + ".parquet")),
                made.quarantine().isEmpty()
                        ? ""
                        : moved(made.quarantine(), file(number, made.fingerprint(), own + ".jsonl")));
        Location staged = file(number, made.fingerprint(), own + ".part");
        try {
            store.replace(staged, MAPPER.writeValueAsBytes(kept));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("An outcome that is no JSON; this is a defect of ours", e);
        }
        try {
            store.rename(staged, marker);
            return kept;
        } catch (AlreadyExistsException another) {
            return find(number, made.fingerprint()).orElseGet(() -> {
                // What that marker speaks of was used by a job that was killed later on.
                store.renameOver(staged, marker);
                return kept;
            });
        }
    }

    private String moved(String from, Location to) {
        store.rename(new Location(from), to);
        return to.uri();
    }

    private Location folder(int number) {
        return folder.child(String.format(Locale.ROOT, "%05d", number));
    }

    private Location file(int number, Fingerprint inputs, String ending) {
        return folder(number).child(inputs.hex() + ending);
    }
}
