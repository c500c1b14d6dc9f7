package dev.convoke.spark.rounds;

import dev.convoke.training.DeltaCodec.Encoded;
import dev.convoke.training.SliceAverager.Values;
import dev.convoke.training.cost.RoundBytes;
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

    /** Spark's own limit, spark.network.timeout, comes first; this one holds even where that was raised without end. */
    private static final long LONGEST_WAIT_SECONDS = 600;

    /** 1 MB: what is received passes through a buffer that stays in the processor's caches. */
    private static final int LARGEST_PIECE = 1 << 20;

    private final SliceBlocks blocks;
    private final List<Wanted> wanted;
    private final Deque<Asked> coming = new ArrayDeque<>();
    private final ByteBuffer piece;
    private final long bytesAhead;
    private int asked;
    private int taken;
    private long bytesComing;
    private long remoteBytes;

    /**
     * A slice to fetch.
     *
     * @param space first part of its name
     * @param index second part of its name
     * @param bytes how many it has
     * @param homes who may hold it, likeliest first
     */
    record Wanted(int space, int index, int bytes, List<BlockManagerId> homes) {

        /** A block of float32 values. */
        static Wanted ofValues(int space, int index, int values, List<BlockManagerId> homes) {
            return new Wanted(space, index, Math.multiplyExact(values, Float.BYTES), homes);
        }
    }

    /** What is on its way; nothing for a slice that is here already. */
    private record Asked(@Nullable CompletableFuture<ManagedBuffer> answer) {}

    SliceStream(SliceBlocks blocks, List<Wanted> wanted) {
        this(blocks, wanted, 1);
    }

    /**
     * Makes a stream; nothing is fetched before the first slice is asked for.
     *
     * @param streams how many the task reads at the same time
     */
    SliceStream(SliceBlocks blocks, List<Wanted> wanted, int streams) {
        this.bytesAhead = RoundBytes.ON_THEIR_WAY / streams;
        this.blocks = blocks;
        this.wanted = wanted;
        int longest = wanted.stream().mapToInt(Wanted::bytes).max().orElse(0);
        this.piece = ByteBuffer.allocate(Math.min(LARGEST_PIECE, longest));
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
        bytesComing -= next.bytes;
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
        while (asked < wanted.size() && (coming.isEmpty() || bytesComing + wanted.get(asked).bytes <= bytesAhead)) {
            Wanted next = wanted.get(asked++);
            bytesComing += next.bytes;
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
        ByteBuffer bytes = local.bytes();
        if (bytes.remaining() != slice.bytes) {
            local.close();
            throw new MissingSliceException(slice, new WrongLengthException(bytes.remaining(), slice.bytes));
        }
        return new Lent(new Here(bytes), local::close);
    }

    private Lent lent(Wanted slice, ManagedBuffer buffer) throws IOException {
        if (buffer.size() != slice.bytes) {
            buffer.release();
            throw new WrongLengthException(buffer.size(), slice.bytes);
        }
        remoteBytes += slice.bytes;
        return new Lent(new Received(buffer.createInputStream(), slice.bytes), buffer::release);
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

    /** Where a block's bytes come from. */
    private sealed interface Source {

        /** Returns the next bytes, readable until the next are asked for; at most so many. */
        ByteBuffer next(int most);
    }

    /** A block of this process. */
    private record Here(ByteBuffer bytes) implements Source {

        @Override
        public ByteBuffer next(int most) {
            int count = Math.min(most, bytes.remaining());
            ByteBuffer next = bytes.slice(bytes.position(), count);
            bytes.position(bytes.position() + count);
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
        public ByteBuffer next(int most) {
            int count = Math.min(Math.min(most, left), piece.capacity());
            try {
                if (bytes.readNBytes(piece.array(), 0, count) != count) {
                    throw new EOFException("A received block ends early");
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
            left -= count;
            return piece.slice(0, count);
        }
    }

    /** A block, read once from front to back, until closed. */
    static final class Lent implements AutoCloseable, Values, Encoded {

        private final Source source;
        private final Runnable release;

        private Lent(Source source, Runnable release) {
            this.source = source;
            this.release = release;
        }

        /**
         * Returns the next values, as many as are at hand, valid until any block of this stream is read again. There
         * must be one left.
         */
        FloatBuffer next() {
            return SliceBlocks.floats(source.next(Integer.MAX_VALUE));
        }

        @Override
        public void read(float[] target, int length) {
            read(FloatBuffer.wrap(target), length);
        }

        /** Reads the next {@code count} values into a buffer, from its position on. */
        void read(FloatBuffer target, int count) {
            for (int left = count; left > 0; ) {
                FloatBuffer next = SliceBlocks.floats(source.next(left * Float.BYTES));
                left -= next.remaining();
                target.put(next);
            }
        }

        @Override
        public void read(byte[] target, int length) {
            for (int done = 0; done < length; ) {
                ByteBuffer next = source.next(length - done);
                int count = next.remaining();
                next.get(target, done, count);
                done += count;
            }
        }

        /** Returns whether the block had to be fetched from another process. */
        boolean isFromElsewhere() {
            return source instanceof Received;
        }

        @Override
        public void close() {
            release.run();
        }
    }
}
