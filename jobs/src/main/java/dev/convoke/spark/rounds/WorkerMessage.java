package dev.convoke.spark.rounds;

import dev.convoke.metrics.ProcessMemory;
import dev.convoke.metrics.trace.Span;
import dev.convoke.training.RoundResult.WorkerReport;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.storage.BlockManagerId;
import org.jspecify.annotations.Nullable;

/**
 * What a worker's task tells every owner. The slices themselves stay on the worker's executor until they are fetched.
 *
 * @param report what it did
 * @param failure why it did not, or null
 * @param home the executor that holds its slices
 * @param mapId Spark's name for this attempt, to have it run again if its slices are lost
 * @param received bytes of state that came from other executors
 * @param memory what the executor held when the result was there
 * @param spans what it did when, if the round is traced
 */
record WorkerMessage(
        WorkerReport report,
        @Nullable Failure failure,
        BlockManagerId home,
        long mapId,
        long received,
        ProcessMemory memory,
        List<Span> spans)
        implements Serializable {}
