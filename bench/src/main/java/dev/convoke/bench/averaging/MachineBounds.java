package dev.convoke.bench.averaging;

import dev.convoke.bench.Figure;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What this machine can do at best with all its cores: no round can be faster than its bytes through the loopback and
 * through memory.
 *
 * @param loopback bytes a second that go from sockets to sockets, all pairs together
 * @param memory bytes a second that all cores together copy, each counted once
 */
record MachineBounds(Figure loopback, Figure memory) {

    private static final int REPETITIONS = 5;
    private static final int BUFFER = 1 << 20;
    private static final int BYTES_A_PAIR = 256 << 20;
    private static final int COPIED = 256 << 20;

    /**
     * How often each worker's state passes through memory at least, besides the sockets: into the replica, out of it,
     * and into the sum.
     */
    private static final int MEMORY_PASSES = 3;

    /** Measures; takes about 10 seconds. */
    static MachineBounds measure() throws IOException, InterruptedException {
        int cores = Runtime.getRuntime().availableProcessors();
        List<Double> loopback = new ArrayList<>();
        List<Double> memory = new ArrayList<>();
        for (int i = 0; i <= REPETITIONS; i++) {
            double loopbackRate = loopbackRate(Math.max(1, cores / 2));
            double memoryRate = memoryRate(cores);
            if (i > 0) {
                loopback.add(loopbackRate);
                memory.add(memoryRate);
            }
        }
        return new MachineBounds(Figure.of(loopback), Figure.of(memory));
    }

    /**
     * Returns the least time of a round in milliseconds: every executor receives {@code 2(N-1)/N} of the state, all
     * through one loopback, and passes its replica's state through memory, all through one memory.
     */
    double roundMillis(TransportCase which) {
        double wire = 2.0 * (which.workers() - 1) * which.bytes() / loopback.median();
        double passes = (double) MEMORY_PASSES * which.workers() * which.bytes() / memory.median();
        return 1000 * (wire + passes);
    }

    private static double loopbackRate(int pairs) throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(2 * pairs);
        try (ServerSocketChannel server =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            List<Callable<Long>> ends = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                SocketChannel sender = SocketChannel.open(server.getLocalAddress());
                SocketChannel receiver = server.accept();
                ends.add(() -> send(sender));
                ends.add(() -> receive(receiver));
            }
            return (double) pairs * BYTES_A_PAIR / secondsOf(threads, ends);
        } finally {
            threads.shutdownNow();
        }
    }

    private static double memoryRate(int cores) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(cores);
        try {
            List<Callable<Long>> copies = new ArrayList<>();
            for (int i = 0; i < cores; i++) {
                ByteBuffer source = ByteBuffer.allocateDirect(COPIED / cores);
                ByteBuffer target = ByteBuffer.allocateDirect(COPIED / cores);
                source.put(0, new byte[] {1});
                copies.add(() -> {
                    target.put(0, source, 0, source.capacity());
                    return (long) target.get(0);
                });
            }
            secondsOf(threads, copies); // touches all pages
            return COPIED / secondsOf(threads, copies);
        } finally {
            threads.shutdownNow();
        }
    }

    private static double secondsOf(ExecutorService threads, List<Callable<Long>> work) throws InterruptedException {
        long started = System.nanoTime();
        for (Future<Long> done : threads.invokeAll(work)) {
            try {
                done.get();
            } catch (ExecutionException failed) {
                throw new IllegalStateException("Measuring this machine's bandwidth failed", failed.getCause());
            }
        }
        return (System.nanoTime() - started) / 1e9;
    }

    private static long send(SocketChannel channel) throws IOException {
        try (channel) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
            long sent = 0;
            while (sent < BYTES_A_PAIR) {
                buffer.clear();
                sent += channel.write(buffer);
            }
            return sent;
        }
    }

    private static long receive(SocketChannel channel) throws IOException {
        try (channel) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
            long received = 0;
            while (received < BYTES_A_PAIR) {
                buffer.clear();
                int bytes = channel.read(buffer);
                if (bytes < 0) {
                    throw new EOFException("The loopback ended after " + received + " bytes");
                }
                received += bytes;
            }
            return received;
        }
    }
}
