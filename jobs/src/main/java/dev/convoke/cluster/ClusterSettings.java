package dev.convoke.cluster;

import java.nio.file.Path;

/**
 * What a local cluster is made of.
 *
 * @param home the checkout or the unpacked distribution; its {@code bin/convoke-node} starts the nodes
 * @param state the one folder in which everything of the cluster lies
 * @param dataNodes how many DataNodes
 * @param workers how many Spark workers
 * @param cores of each worker
 * @param memoryMegabytes of each worker's executors
 * @param fakeGpus how many GPUs each worker pretends to have, to rehearse scheduling; 0 for none
 */
public record ClusterSettings(
        Path home, Path state, int dataNodes, int workers, int cores, int memoryMegabytes, int fakeGpus) {

    /** Checks the numbers and makes the paths absolute. */
    public ClusterSettings {
        if (dataNodes < 1 || workers < 1 || cores < 1 || memoryMegabytes < 512 || fakeGpus < 0) {
            throw new IllegalArgumentException("A cluster needs at least 1 DataNode, 1 worker, 1 core and 512 MB for"
                    + " each worker, and no fewer than 0 GPUs; asked for " + dataNodes + ", " + workers + ", " + cores
                    + ", " + memoryMegabytes + " MB and " + fakeGpus);
        }
        home = home.toAbsolutePath().normalize();
        state = state.toAbsolutePath().normalize();
    }

    /** Returns where the nodes' settings are; also those of whoever submits. */
    public Path conf() {
        return state.resolve("conf");
    }

    /** Returns where the nodes' logs are. */
    public Path logs() {
        return state.resolve("logs");
    }

    /** Returns where a node keeps what it stores. */
    public Path data(String node) {
        return state.resolve("data").resolve(node);
    }
}
