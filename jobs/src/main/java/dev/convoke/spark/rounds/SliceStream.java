package dev.convoke.spark.rounds;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.storage.BlockManagerId;
import org.jspecify.annotations.Nullable;

/**
 * Slices from wherever they live, in the order they are wanted, fetched ahead through Spark's own block transfer. Not
 * thread-safe.
 */
final class SliceStream implements AutoCloseable {

    /** How much is on its way to one task: enough to keep every sender busy. */
    private static final long BYTES_AHEAD = 32L << 20;

    /** Spark's own limit, spark.network.timeout, comes first; this one holds even where that was raised without end. */
    private static final long LONGEST_WAIT_SECONDS = 600;

    private final SliceBlocks blocks;
    private final List<Wanted> wanted;
    private final Deque<Asked> coming = new ArrayDeque<>();
    private final ScratchBuffers scratch;
    private int asked;
    private int taken;
    private long bytesComing;
    private long remoteBytes;

    /**
     * A slice to fetch.
     *
     * @param space first part of its name
     * @param index second part of its name
     * @param length how many values it has
     * @param homes who may hold it, likeliest first
     */
    record Wanted(int space, int index, int length, List<BlockManagerId> homes) {

        long bytes() {
            return (long) length * Float.BYTES;
        }
    }

    /** What is on its way; nothing for a slice that is here already. */
    private record Asked(@Nullable CompletableFuture<ManagedBuffer> answer) {}

    SliceStream(SliceBlocks blocks, List<Wanted> wanted, ScratchBuffers scratch) {
        this.blocks = blocks;
        this.wanted = wanted;
        this.scratch = scratch;
    }

    /**
     * Returns the next slice, lent until closed.
     *
     * @throws MissingSliceException if nobody has it
     */
    Lent next() {
        askAhead();
        Wanted next = wanted.get(taken);
        Asked first = coming.removeFirst();
        bytesComing -= next.bytes();
        taken++;
        SliceBlocks.Local local = blocks.openOrNull(next.space, next.index);
        if (local != null) {
            return new Lent(this, local.values(), local, null);
        }
        return received(next, first.answer);
    }

    /** Returns how many bytes came from other executors. */
    long remoteBytes() {
        return remoteBytes;
    }

    @Override
    public void close() {
        for (Asked asked : coming) {
            if (asked.answer != null) {
                releaseWhenHere(asked.answer);
            }
        }
        coming.clear();
    }

    private static void releaseWhenHere(CompletableFuture<ManagedBuffer> answer) {
        CompletableFuture<Void> unused = answer.thenAccept(ManagedBuffer::release);
    }

    private void askAhead() {
        while (asked < wanted.size()
                && (coming.isEmpty() || bytesComing + wanted.get(asked).bytes() <= BYTES_AHEAD)) {
            Wanted next = wanted.get(asked++);
            bytesComing += next.bytes();
            boolean here = blocks.isHere(next.space, next.index);
            coming.addLast(new Asked(here ? null : ask(next, next.homes.get(0))));
        }
    }

    private Lent received(Wanted slice, @Nullable CompletableFuture<ManagedBuffer> first) {
        Throwable reason = null;
        for (int i = 0; i < slice.homes.size(); i++) {
            CompletableFuture<ManagedBuffer> answer = i == 0 && first != null ? first : ask(slice, slice.homes.get(i));
            try {
                return copied(slice, answer.get(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS));
            } catch (ExecutionException failed) {
                reason = failed.getCause();
            } catch (IOException failed) {
                reason = failed;
            } catch (TimeoutException late) {
                releaseWhenHere(answer);
                reason = late;
            } catch (InterruptedException interrupted) {
                releaseWhenHere(answer);
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while waiting for a slice: the task was cancelled");
            }
        }
        throw new MissingSliceException(slice, reason);
    }

    private Lent copied(Wanted slice, ManagedBuffer buffer) throws IOException {
        try (InputStream stream = buffer.createInputStream()) {
            if (buffer.size() != slice.bytes()) {
                throw new EOFException("It has " + buffer.size() + " bytes instead of " + slice.bytes());
            }
            byte[] bytes = scratch.take((int) slice.bytes());
            if (stream.readNBytes(bytes, 0, bytes.length) != bytes.length) {
                throw new EOFException("It ends early");
            }
            remoteBytes += bytes.length;
            return new Lent(this, SliceBlocks.floats(ByteBuffer.wrap(bytes)), null, bytes);
        } finally {
            buffer.release();
        }
    }

    private CompletableFuture<ManagedBuffer> ask(Wanted slice, BlockManagerId home) {
        CompletableFuture<ManagedBuffer> answer = new CompletableFuture<>();
        if (home.equals(blocks.home())) {
            answer.completeExceptionally(new IOException("It is gone from here"));
            return answer;
        }
        String[] names = {SliceBlocks.name(slice.space, slice.index).name()};
        blocks.transport()
                .fetchBlocks(home.host(), home.port(), home.executorId(), names, new Completing(answer), null);
        return answer;
    }

    /** Hands what the network threads bring to whoever waits for it. */
    private record Completing(CompletableFuture<ManagedBuffer> answer) implements BlockFetchingListener {

        @Override
        public void onBlockFetchSuccess(String block, ManagedBuffer data) {
            data.retain();
            if (!answer.complete(data)) {
                data.release();
            }
        }

        @Override
        public void onBlockFetchFailure(String block, Throwable reason) {
            answer.completeExceptionally(reason);
        }
    }

    /** A slice's values, readable until closed. */
    static final class Lent implements AutoCloseable {

        private final SliceStream stream;
        private final FloatBuffer values;
        private final SliceBlocks.@Nullable Local local;
        private byte @Nullable [] received;

        private Lent(
                SliceStream stream, FloatBuffer values, SliceBlocks.@Nullable Local local, byte @Nullable [] received) {
            this.stream = stream;
            this.values = values;
            this.local = local;
            this.received = received;
        }

        FloatBuffer values() {
            return values;
        }

        /** Returns whether the slice had to be fetched from another process. */
        boolean isFromElsewhere() {
            return received != null;
        }

        @Override
        public void close() {
            if (local != null) {
                local.close();
            }
            if (received != null) {
                stream.scratch.giveBack(received);
                received = null;
            }
        }
    }
}
