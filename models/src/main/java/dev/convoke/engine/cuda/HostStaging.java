package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cudaEventCreate;
import static org.bytedeco.cuda.global.cudart.cudaEventDestroy;
import static org.bytedeco.cuda.global.cudart.cudaEventRecord;
import static org.bytedeco.cuda.global.cudart.cudaEventSynchronize;
import static org.bytedeco.cuda.global.cudart.cudaFreeHost;
import static org.bytedeco.cuda.global.cudart.cudaHostAlloc;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Pinned memory that the state passes through between Java's buffers and the GPU, piece by piece in a ring. Whoever
 * reads slice after slice finds the next ones there already; whoever writes waits for a piece only when all are on the
 * wire.
 */
final class HostStaging implements AutoCloseable {

    private static final int PIECE_BYTES = 8 << 20;
    private static final int PIECE_VALUES = PIECE_BYTES / Float.BYTES;
    private static final int PIECES = 8;

    /** So many pieces are on the wire while the threads copy as many others. */
    private static final int AHEAD = PIECES / 2;

    private final Device device;
    private final DeviceBlock state;
    private final long valueCount;
    private final ParallelCopy copier;
    private final List<Piece> ring = new ArrayList<>();
    private int next;

    /**
     * Makes the ring.
     *
     * @param state what is read and written
     * @param threads that copy between pinned memory and buffers
     */
    HostStaging(Device device, DeviceBlock state, int threads) {
        this.device = device;
        this.state = state;
        this.valueCount = state.bytes() / Float.BYTES;
        this.copier = new ParallelCopy(threads);
        try {
            for (int i = 0; i < PIECES; i++) {
                ring.add(new Piece());
            }
        } catch (RuntimeException failed) {
            close();
            throw failed;
        }
    }

    /** One piece of pinned memory. */
    private static final class Piece implements AutoCloseable {

        private static final int NONE = -1;

        private final Pointer memory = new Pointer();
        private final FloatBuffer values;
        private final CUevent_st arrived = new CUevent_st();
        private final List<FutureTask<?>> copies = new ArrayList<>();
        private boolean isOnTheWire;
        /** Which part of the state it holds, or will when it has arrived. */
        private long number = NONE;

        Piece() {
            Checks.runtime(cudaHostAlloc(memory, PIECE_BYTES, 0), "allocating pinned memory");
            values = bytes(memory, PIECE_BYTES).asFloatBuffer();
            Checks.runtime(cudaEventCreate(arrived), "creating an event");
        }

        /** Waits until neither the GPU nor a thread uses it. */
        void await() {
            leave();
            arrive();
        }

        /** Waits until no thread uses it. */
        void leave() {
            ParallelCopy.finish(copies);
            copies.clear();
        }

        /** Waits until it has arrived. */
        void arrive() {
            if (isOnTheWire) {
                Checks.runtime(cudaEventSynchronize(arrived), "waiting for a piece of the state");
                isOnTheWire = false;
            }
        }

        @Override
        public void close() {
            cudaEventDestroy(arrived);
            cudaFreeHost(memory);
        }
    }

    /** Returns host memory as a buffer. */
    static ByteBuffer bytes(Pointer memory, long count) {
        return new BytePointer(memory).capacity(count).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /** Fills buffers to their limits with the values from an offset on. */
    void read(long offset, List<FloatBuffer> targets) {
        long from = offset;
        try {
            for (FloatBuffer target : targets) {
                from = start(from, target);
            }
        } finally {
            leave();
        }
    }

    /** Waits until no thread uses anybody's buffer any more, also when a copy has failed. */
    private void leave() {
        ring.forEach(Piece::leave);
    }

    /** Starts to fill a buffer and returns the offset of what follows. */
    private long start(long offset, FloatBuffer target) {
        long from = offset;
        while (target.hasRemaining()) {
            long number = from / PIECE_VALUES;
            for (int ahead = 0; ahead < AHEAD; ahead++) {
                fetch(number + ahead);
            }
            Piece piece = pieceFor(number);
            piece.arrive();
            int at = (int) (from % PIECE_VALUES);
            int count = Math.min(target.remaining(), PIECE_VALUES - at);
            piece.copies.addAll(copier.start(piece.values, at, target, target.position(), count));
            target.position(target.position() + count);
            from += count;
        }
        return from;
    }

    private Piece pieceFor(long number) {
        return ring.get((int) (number % PIECES));
    }

    private void fetch(long number) {
        long from = number * PIECE_VALUES;
        Piece piece = pieceFor(number);
        if (from >= valueCount || piece.number == number) {
            return;
        }
        piece.leave();
        long count = Math.min(PIECE_VALUES, valueCount - from);
        Checks.runtime(
                cudaMemcpyAsync(
                        piece.memory,
                        new Address(state.at(from * Float.BYTES)),
                        count * Float.BYTES,
                        cudaMemcpyDeviceToHost,
                        device.stream()),
                "reading the state");
        send(piece);
        piece.number = number;
    }

    /** A piece that threads fill. */
    private record Filling(Piece piece, long from, int count) {}

    /**
     * Replaces the values from an offset on by those of buffers, one after the other, which it reads to their limits.
     */
    void write(long offset, List<FloatBuffer> sources) {
        forget();
        Deque<Filling> filling = new ArrayDeque<>();
        long from = offset;
        try {
            for (FloatBuffer source : sources) {
                while (source.hasRemaining()) {
                    if (filling.size() == AHEAD) {
                        carry(filling.removeFirst());
                    }
                    filling.addLast(fill(from, source));
                    from += filling.getLast().count();
                }
            }
            filling.forEach(this::carry);
        } finally {
            leave();
        }
    }

    /** Starts to fill a piece from a buffer. */
    private Filling fill(long from, FloatBuffer source) {
        Piece piece = ring.get(next);
        next = (next + 1) % PIECES;
        piece.await();
        int count = Math.min(source.remaining(), PIECE_VALUES);
        piece.copies.addAll(copier.start(source, source.position(), piece.values, 0, count));
        source.position(source.position() + count);
        return new Filling(piece, from, count);
    }

    private void carry(Filling filled) {
        Piece piece = filled.piece();
        piece.leave();
        Checks.runtime(
                cudaMemcpyAsync(
                        new Address(state.at(filled.from() * Float.BYTES)),
                        piece.memory,
                        (long) filled.count() * Float.BYTES,
                        cudaMemcpyHostToDevice,
                        device.stream()),
                "writing the state");
        send(piece);
    }

    private void send(Piece piece) {
        Checks.runtime(cudaEventRecord(piece.arrived, device.stream()), "copying a piece of the state");
        piece.isOnTheWire = true;
    }

    /** Says that the state has changed, so that nothing that was read ahead counts. */
    void forget() {
        ring.forEach(piece -> piece.number = Piece.NONE);
    }

    @Override
    public void close() {
        copier.close();
        ring.forEach(Piece::close);
    }
}
