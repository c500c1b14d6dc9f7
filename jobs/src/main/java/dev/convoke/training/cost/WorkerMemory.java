package dev.convoke.training.cost;

import dev.convoke.models.NetworkSpec;
import dev.convoke.models.NetworkSummary;

/**
 * The memory outside the Java heap that one worker occupies while it trains.
 *
 * @param replica parameters, momentum, gradients and slices on their way; see {@link RoundBytes#executorReplica()}
 * @param activations of one minibatch, kept for the backward pass, and their gradients
 * @param minibatches that are being filled and trained
 */
public record WorkerMemory(long replica, long activations, long minibatches) {

    /** The JVM's own needs, its libraries and those of the decoders; as much as Spark itself always sets aside. */
    private static final long PROCESS = 384L << 20;

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
                bytes.executorReplica(), 2 * values * batch * Float.BYTES, (2L + ahead) * image * batch * Float.BYTES);
    }

    /** Returns all of it in a process with so many workers. */
    public long outsideHeap(int workers) {
        return workers * (replica + activations + minibatches) + PROCESS;
    }

    private static long values(NetworkSummary.Row row) {
        return row.outputShape().stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }
}
