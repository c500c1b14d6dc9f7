package dev.convoke.training.cost;

import dev.convoke.models.NetworkSpec;
import dev.convoke.models.NetworkSummary;

/**
 * The memory that one worker occupies while it trains: all outside the Java heap but for the window.
 *
 * @param replica parameters, momentum, gradients and slices on their way; see {@link RoundBytes#executorReplica()}
 * @param activations of one minibatch, kept for the backward pass, and their gradients
 * @param minibatches that are being filled and trained
 * @param window examples it mixes, still encoded, and the row groups it reads ahead: on the heap
 */
public record WorkerMemory(long replica, long activations, long minibatches, long window) {

    /** The JVM's own needs, its libraries and those of the decoders; as much as Spark itself always sets aside. */
    private static final long PROCESS = 384L << 20;

    /** Path, array and records of an example beside its bytes. */
    private static final long EXAMPLE_OBJECTS = 200;

    /**
     * Returns what a worker of a network needs.
     *
     * @param batch examples of a minibatch
     * @param ahead minibatches filled before they are asked for
     */
    public static WorkerMemory of(RoundBytes bytes, NetworkSpec network, int batch, int ahead) {
        long values = NetworkSummary.of(network).rows().stream()
                .mapToLong(WorkerMemory::values)
                .sum();
        long image = network.input().valueCount();
        return new WorkerMemory(
                bytes.executorReplica(),
                2 * values * batch * Float.BYTES,
                (2L + ahead) * image * batch * Float.BYTES,
                0);
    }

    /**
     * Returns this with a window.
     *
     * @param examples the window's, or the worker's if those are fewer
     * @param bytes of one encoded example, on average
     * @param ahead bytes of the row groups that are read ahead of it
     */
    public WorkerMemory withWindow(long examples, double bytes, long ahead) {
        long held = (long) (examples * (bytes + EXAMPLE_OBJECTS)) + ahead;
        return new WorkerMemory(replica, activations, minibatches, held);
    }

    /** Returns the heap that so many workers in a process need for their examples alone. */
    public long insideHeap(int workers) {
        return workers * window;
    }

    /** Returns all of it in a process with so many workers. */
    public long outsideHeap(int workers) {
        return workers * (replica + activations + minibatches) + PROCESS;
    }

    private static long values(NetworkSummary.Row row) {
        return row.outputShape().stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }
}
