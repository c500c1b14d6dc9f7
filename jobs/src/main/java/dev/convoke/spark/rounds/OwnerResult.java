package dev.convoke.spark.rounds;

import dev.convoke.metrics.ProcessMemory;
import dev.convoke.metrics.trace.Span;
import dev.convoke.training.SliceAverager.Spread;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.storage.BlockManagerId;
import org.jspecify.annotations.Nullable;

/**
 * What an owner's task tells the driver.
 *
 * @param home the executor that holds its averaged slices
 * @param spreads one for each of its slices
 * @param messages of all workers, from owner 0 only
 * @param failure why nothing was averaged, or null
 * @param received bytes of slices that came from other executors
 * @param memory what the executor held at the end
 * @param millis how long it fetched and averaged
 * @param span the same for a trace
 */
record OwnerResult(
        BlockManagerId home,
        List<Spread> spreads,
        List<WorkerMessage> messages,
        @Nullable Failure failure,
        long received,
        ProcessMemory memory,
        double millis,
        Span span)
        implements Serializable {

    OwnerResult {
        spreads = List.copyOf(spreads);
        messages = List.copyOf(messages);
    }
}
