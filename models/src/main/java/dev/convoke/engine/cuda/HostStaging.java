package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cudaFreeHost;
import static org.bytedeco.cuda.global.cudart.cudaHostAlloc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Pinned memory that values pass through between a Java buffer and the GPU, in pieces: while one is on the wire, the
 * other is copied by the replica's CPU threads.
 */
final class HostStaging implements AutoCloseable {

    private static final int PIECE_BYTES = 32 << 20;
    private static final int LEAST_BYTES_A_THREAD = 1 << 20;

    private final Device device;
    private final int threads;
    private final ExecutorService copiers;
    private final List<Pointer> pinned = new ArrayList<>();
    private final List<FloatBuffer> pieces = new ArrayList<>();

    enum Direction {
        IN,
        OUT
    }

    /** Puts a copy between pinned memory and the GPU on the stream. */
    @FunctionalInterface
    interface Wire {
        void carry(Pointer host, long at, long bytes);
    }

    HostStaging(Device device, int threads) {
        this.device = device;
        this.threads = threads;
        this.copiers = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "gpu-copier");
            thread.setDaemon(true);
            return thread;
        });
        for (int i = 0; i < 2; i++) {
            Pointer memory = new Pointer();
            Checks.runtime(cudaHostAlloc(memory, PIECE_BYTES, 0), "allocating pinned memory");
            pinned.add(memory);
            pieces.add(bytes(memory, PIECE_BYTES).asFloatBuffer());
        }
    }

    /** Returns host memory as a buffer. */
    static ByteBuffer bytes(Pointer memory, long count) {
        return new BytePointer(memory).capacity(count).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /** Copies the remaining values of a buffer and moves its position to its limit. */
    void copy(FloatBuffer values, Wire wire, Direction direction) {
        int start = values.position();
        int count = values.remaining();
        int most = PIECE_BYTES / Float.BYTES;
        int pieceCount = (count + most - 1) / most;
        // Out: piece i is on the wire while piece i - 1 is copied. In: piece i is copied while i - 1 is on the wire.
        for (int i = 0; i <= pieceCount; i++) {
            boolean hasPiece = i < pieceCount;
            int from = i * most;
            int size = hasPiece ? Math.min(most, count - from) : 0;
            if (direction == Direction.IN) {
                if (hasPiece) {
                    parallel(pieces.get(i % 2), 0, values, start + from, size, direction);
                }
                device.finish("writing the state");
                if (hasPiece) {
                    wire.carry(pinned.get(i % 2), (long) from * Float.BYTES, (long) size * Float.BYTES);
                }
            } else {
                device.finish("reading the state");
                if (hasPiece) {
                    wire.carry(pinned.get(i % 2), (long) from * Float.BYTES, (long) size * Float.BYTES);
                }
                if (i > 0) {
                    int before = from - most;
                    parallel(
                            pieces.get((i - 1) % 2),
                            0,
                            values,
                            start + before,
                            Math.min(most, count - before),
                            direction);
                }
            }
        }
        values.position(values.limit());
    }

    private void parallel(FloatBuffer piece, int at, FloatBuffer values, int from, int count, Direction direction) {
        int parts = Math.max(1, Math.min(threads, count / (LEAST_BYTES_A_THREAD / Float.BYTES)));
        List<Future<?>> running = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            int begin = (int) ((long) count * part / parts);
            int size = (int) ((long) count * (part + 1) / parts) - begin;
            Runnable work = () -> {
                if (direction == Direction.OUT) {
                    values.put(from + begin, piece, at + begin, size);
                } else {
                    piece.put(at + begin, values, from + begin, size);
                }
            };
            running.add(copiers.submit(work));
        }
        boolean interrupted = false;
        for (Future<?> part : running) {
            while (true) {
                try {
                    part.get();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new IllegalStateException("Copying values of the state failed", e.getCause());
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        copiers.shutdown();
        pinned.forEach(memory -> cudaFreeHost(memory));
    }
}
