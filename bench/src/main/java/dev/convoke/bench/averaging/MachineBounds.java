package dev.convoke.bench.averaging;

import dev.convoke.bench.Figure;
import dev.convoke.training.cost.MachineRates;
import java.nio.ByteBuffer;
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
 * @param loopback bytes a second that go from a socket to a socket
 * @param memory bytes a second that all cores together copy, each counted once
 */
record MachineBounds(Figure loopback, Figure memory) {

    private static final int REPETITIONS = 5;
    private static final int COPIED = 256 << 20;

    /**
     * How often each worker's state passes through memory at least, besides the sockets: into the replica, out of it,
     * and into the sum.
     */
    private static final int MEMORY_PASSES = 3;

    /** Measures; takes about 10 seconds. */
    static MachineBounds measure() throws InterruptedException {
        int cores = Runtime.getRuntime().availableProcessors();
        List<Double> loopback = new ArrayList<>();
        List<Double> memory = new ArrayList<>();
        for (int i = 0; i <= REPETITIONS; i++) {
            double loopbackRate = MachineRates.loopbackRate();
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
}
