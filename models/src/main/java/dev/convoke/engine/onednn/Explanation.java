package dev.convoke.engine.onednn;

import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.NetworkJob;
import java.util.List;
import java.util.Locale;

/**
 * What a step of a network consists of: every operation in the order it is run, with the implementation oneDNN chose.
 *
 * @param rows the operations
 * @param parameterBytes the parameters and their momentum
 * @param arenaBytes everything else, planned once
 * @param compileMilliseconds how long compiling took
 */
public record Explanation(List<Row> rows, long parameterBytes, long arenaBytes, long compileMilliseconds) {

    /** Copies the list, so that the explanation cannot change. */
    public Explanation {
        rows = List.copyOf(rows);
    }

    /**
     * One operation.
     *
     * @param layer of the network
     * @param operation what is done
     * @param implementation what does it
     * @param shape of what is written
     * @param layout of what is written, dimensions as letters
     * @param bytes read and written
     * @param flops of multiply-adds
     * @param milliseconds it took, the median of some runs; 0 if it was not run
     */
    public record Row(
            String layer,
            String operation,
            String implementation,
            String shape,
            String layout,
            long bytes,
            long flops,
            double milliseconds) {}

    /**
     * Compiles a network for full minibatches and lists the result.
     *
     * @param job the network, the batch size and the precision
     * @param threads CPU threads to compile for
     * @param runs how often to run it to take the time of each operation; 0 only compiles
     * @throws dev.convoke.engine.EngineUnavailableException if it cannot be compiled
     * @throws dev.convoke.engine.ReplicaTooLargeException if it needs more memory than there is
     */
    public static Explanation of(NetworkJob job, int threads, Purpose purpose, int runs) {
        ReplicaSettings settings = new ReplicaSettings(threads, job.batch(), job.precision());
        try (OnednnReplica replica = (OnednnReplica) new OnednnEngine().open(job.configuration(), settings)) {
            return replica.explain(job.network().input(), purpose == Purpose.TRAINING, runs);
        }
    }

    /** Returns the listing, one operation a line, with totals below. */
    public String text() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%-26s %-20s %-36s %-20s %-12s %9s %9s%n",
                "Layer",
                "Operation",
                "Implementation",
                "Shape",
                "Layout",
                "MB",
                "GFLOP"));
        for (Row row : rows) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-26s %-20s %-36s %-20s %-12s %9.2f %9.3f%n",
                    row.layer(),
                    row.operation(),
                    row.implementation(),
                    row.shape(),
                    row.layout(),
                    row.bytes() / 1e6,
                    row.flops() / 1e9));
        }
        double flops = rows.stream().mapToDouble(Row::flops).sum();
        return text
                + String.format(
                        Locale.ROOT,
                        "%nOperations: %d, %.2f GFLOP. Compiled in %d ms.%nMemory: %.1f MB parameters and momentum, %.1f MB for"
                                + " everything else.%n",
                        rows.size(),
                        flops / 1e9,
                        compileMilliseconds,
                        parameterBytes / 1e6,
                        arenaBytes / 1e6);
    }

    /** What a program is for. */
    public enum Purpose {
        TRAINING,
        PREDICTION
    }
}
