package dev.convoke.spark.rounds;

import dev.convoke.training.SliceAverager.Values;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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

    /** 1 MB: what is received passes through a buffer that stays in the processor's caches. */
    private static final int VALUES_IN_A_PIECE = 1 << 18;

    private final SliceBlocks blocks;
    private final List<Wanted> wanted;
    private final Deque<Asked> coming = new ArrayDeque<>();
    private final byte[] piece;
    private final FloatBuffer pieceValues;
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

    SliceStream(SliceBlocks blocks, List<Wanted> wanted) {
        this.blocks = blocks;
        this.wanted = wanted;
        int longest = wanted.stream().mapToInt(Wanted::length).max().orElse(0);
        this.piece = new byte[Math.min(VALUES_IN_A_PIECE, longest) * Float.BYTES];
        this.pieceValues = SliceBlocks.floats(ByteBuffer.wrap(piece));
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
            return lent(next, local);
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
                return lent(slice, answer.get(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS));
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

    private static Lent lent(Wanted slice, SliceBlocks.Local local) {
        FloatBuffer values = local.values();
        if (values.remaining() != slice.length) {
            local.close();
            throw new IllegalStateException(
                    "Block " + slice + " is here with " + values.remaining() + " values instead of " + slice.length);
        }
        return new Lent(new Here(values), local::close);
    }

    private Lent lent(Wanted slice, ManagedBuffer buffer) throws IOException {
        if (buffer.size() != slice.bytes()) {
            buffer.release();
            throw new EOFException("It has " + buffer.size() + " bytes instead of " + slice.bytes());
        }
        remoteBytes += slice.bytes();
        return new Lent(new Received(buffer.createInputStream(), slice.length), buffer::release);
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

    /** Where a slice's values come from. */
    private sealed interface Source {

        /** Returns the next values, readable until the next are asked for; at most so many. */
        FloatBuffer next(int most);
    }

    /** A block of this process. */
    private record Here(FloatBuffer values) implements Source {

        @Override
        public FloatBuffer next(int most) {
            int count = Math.min(most, values.remaining());
            FloatBuffer next = values.slice(values.position(), count);
            values.position(values.position() + count);
            return next;
        }
    }

    /** What the network has brought, in the many small buffers it came in. */
    private final class Received implements Source {

        private final InputStream bytes;
        private int left;

        private Received(InputStream bytes, int length) {
            this.bytes = bytes;
            this.left = length;
        }

        @Override
        public FloatBuffer next(int most) {
            int count = Math.min(Math.min(most, left), pieceValues.capacity());
            try {
                if (bytes.readNBytes(piece, 0, count * Float.BYTES) != count * Float.BYTES) {
                    throw new EOFException("A received slice ends early");
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
            left -= count;
            return pieceValues.slice(0, count);
        }
    }

    /** A slice's values, read once from front to back, until closed. */
    static final class Lent implements AutoCloseable, Values {

        private final Source source;
        private final Runnable release;

        private Lent(Source source, Runnable release) {
            this.source = source;
            this.release = release;
        }

        /**
         * Returns the next values, as many as are at hand, valid until any slice of this stream is read again. There
         * must be one left.
         */
        FloatBuffer next() {
            return source.next(Integer.MAX_VALUE);
        }

        @Override
        public void read(float[] target, int length) {
            read(FloatBuffer.wrap(target), length);
        }

        /** Reads the next {@code count} values into a buffer, from its position on. */
        void read(FloatBuffer target, int count) {
            for (int left = count; left > 0; ) {
                FloatBuffer next = source.next(left);
                left -= next.remaining();
                target.put(next);
            }
        }

        /** Returns whether the slice had to be fetched from another process. */
        boolean isFromElsewhere() {
            return source instanceof Received;
        }

        @Override
        public void close() {
            release.run();
        }
    }
}
