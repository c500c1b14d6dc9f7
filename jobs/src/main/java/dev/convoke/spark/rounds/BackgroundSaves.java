package dev.convoke.spark.rounds;

import dev.convoke.training.Waiting;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Checkpoint files that this executor writes while it trains the next round. Only a head start: an owner's files that
 * nobody has begun here are written when they are asked for, and give the same bytes. Safe for use by many threads.
 */
final class BackgroundSaves {

    private static final ConcurrentHashMap<String, Future<StateTasks.Saved>> BEGUN = new ConcurrentHashMap<>();

    /** One thread: the disk is shared, and training needs the cores. */
    private static final ExecutorService WRITER = Executors.newSingleThreadExecutor(runnable -> {
        Thread thread = new Thread(runnable, "checkpoint-writer");
        thread.setDaemon(true);
        return thread;
    });

    private BackgroundSaves() {}

    /** Begins an owner's files of a checkpoint, unless an earlier attempt has. */
    static void begin(StateHandle state, StateTasks.Files files, int owner, List<CheckpointPart> parts) {
        BEGUN.computeIfAbsent(
                key(files, owner), absent -> WRITER.submit(() -> StateTasks.save(state, files, owner, parts)));
    }

    /** Returns an owner's files, all of them durable: begun here before, or written now. */
    static StateTasks.Saved finish(StateHandle state, StateTasks.Files files, int owner, List<CheckpointPart> parts) {
        Future<StateTasks.Saved> begun = BEGUN.remove(key(files, owner));
        return begun == null
                ? StateTasks.save(state, files, owner, parts)
                : Waiting.forResult(begun, "the slices of " + files.folder());
    }

    private static String key(StateTasks.Files files, int owner) {
        return files.folder() + "#" + owner;
    }
}
