package dev.convoke.training;

import dev.convoke.data.Example;
import dev.convoke.shard.ExampleGroups;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Groups that are read before their turn. They are asked for in the order in which they were begun; whoever asks for
 * another one starts over. Not thread-safe: one thread begins and asks, the executor reads.
 */
final class GroupsAhead {

    private final ExampleGroups groups;
    private final Executor executor;
    private final Deque<Begun> begun = new ArrayDeque<>();
    private long examples;

    private record Begun(int epoch, int turn, long size, CompletableFuture<List<Example>> read) {}

    GroupsAhead(ExampleGroups groups, Executor executor) {
        this.groups = groups;
        this.executor = executor;
    }

    /** Returns how many examples these groups hold or give, whichever is more, read or not. */
    long examples() {
        return examples;
    }

    /**
     * Begins to read the group whose turn comes after those begun before.
     *
     * @param size what it adds to {@link #examples}
     */
    void begin(int epoch, int turn, int group, long size) {
        examples += size;
        begun.addLast(new Begun(epoch, turn, size, CompletableFuture.supplyAsync(() -> groups.read(group), executor)));
    }

    /**
     * Returns the group of a turn once it is read, or empty if it is not the next of those begun.
     *
     * @throws dev.convoke.shard.DamagedDatasetException as reading it did
     * @throws dev.convoke.storage.StorageException if reading does not end
     */
    Optional<List<Example>> take(int epoch, int turn) {
        Begun next = begun.peekFirst();
        if (next == null || next.epoch != epoch || next.turn != turn) {
            return Optional.empty();
        }
        begun.removeFirst();
        examples -= next.size;
        return Optional.of(Waiting.forResult(next.read, "a row group of the dataset"));
    }

    /** Forgets what was begun. */
    void clear() {
        begun.clear();
        examples = 0;
    }
}
