package dev.convoke.training.cost;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.training.Averaging;
import dev.convoke.training.Round;
import dev.convoke.training.Slice;
import dev.convoke.training.SliceAverager;
import dev.convoke.training.SliceAverager.Contribution;
import dev.convoke.training.SliceAverager.Values;
import dev.convoke.training.StateVector;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;

/**
 * How fast one core of this machine does what a round is made of, and what its loopback carries. Bytes a second.
 *
 * @param copy moving state between buffers
 * @param average reading, weighing and summing workers' results, per byte of every result
 * @param loopback all its senders and receivers together
 * @param cores of this machine
 */
public record MachineRates(double copy, double average, double loopback, int cores) {

    /** 64 MB: state passes through memory, it does not stay in a processor's caches. */
    private static final int VALUES = 1 << 24;

    private static final int CONTRIBUTIONS = 4;
    private static final int TURNS = 7;

    /** Then the loops are compiled. */
    private static final int WARM_UP_SECONDS = 1;

    private static final int LOOPBACK_BYTES = 128 << 20;
    private static final int SOCKET_BUFFER = 1 << 20;

    /** Measures each for a few turns and takes the median; about five seconds in all. */
    public static MachineRates measure() {
        int part = VALUES / CONTRIBUTIONS;
        StateLayout layout = new StateLayout(List.of(new Segment("all", "W", Kind.WEIGHT, 0, part)), part, 0);
        Averaging averaging = Averaging.every(1);
        SliceAverager averager = new SliceAverager(new StateVector(layout, averaging, CONTRIBUTIONS), averaging);
        Slice slice = new Slice(0, 0, part);
        Round round = new Round(0, 0, List.of());
        FloatBuffer source = buffer();
        FloatBuffer target = buffer();
        double bytes = (double) VALUES * Float.BYTES;
        return new MachineRates(
                bytes / seconds(() -> target.put(0, source, 0, VALUES)),
                bytes / seconds(() -> averager.average(round, slice, contributions(source), target)),
                loopbackRate(),
                Runtime.getRuntime().availableProcessors());
    }

    /** Returns the bytes a second that go from a socket to a socket of this machine. */
    public static double loopbackRate() {
        return LOOPBACK_BYTES / seconds(MachineRates::throughLoopback);
    }

    private static List<Contribution> contributions(FloatBuffer source) {
        return IntStream.range(0, CONTRIBUTIONS)
                .mapToObj(worker -> new Contribution(
                        worker, 1, Values.of(source.slice(worker * VALUES / CONTRIBUTIONS, VALUES / CONTRIBUTIONS))))
                .toList();
    }

    private static FloatBuffer buffer() {
        FloatBuffer buffer = ByteBuffer.allocateDirect(VALUES * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int i = 0; i < VALUES; i++) {
            buffer.put(i, 1 + i % 100);
        }
        return buffer;
    }

    private static double seconds(Runnable work) {
        return WarmTime.seconds(WARM_UP_SECONDS, TURNS, work);
    }

    private static void throughLoopback() {
        try (ServerSocketChannel server =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                SocketChannel sender = SocketChannel.open(server.getLocalAddress());
                SocketChannel receiver = server.accept()) {
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send(sender));
            ByteBuffer buffer = ByteBuffer.allocateDirect(SOCKET_BUFFER);
            for (long received = 0; received < LOOPBACK_BYTES; ) {
                buffer.clear();
                int bytes = receiver.read(buffer);
                if (bytes < 0) {
                    throw new EOFException("The loopback ended after " + received + " bytes");
                }
                received += bytes;
            }
            sent.join();
        } catch (IOException | CompletionException failed) {
            throw new IllegalStateException(
                    "Cannot measure this machine's loopback: " + failed + "; give --bandwidth", failed);
        }
    }

    private static void send(SocketChannel sender) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(SOCKET_BUFFER);
        try {
            for (long sent = 0; sent < LOOPBACK_BYTES; ) {
                buffer.clear();
                buffer.limit((int) Math.min(SOCKET_BUFFER, LOOPBACK_BYTES - sent));
                sent += sender.write(buffer);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("The loopback does not take bytes: " + failed, failed);
        }
    }
}
