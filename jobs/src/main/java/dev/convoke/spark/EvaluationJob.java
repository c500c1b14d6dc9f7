package dev.convoke.spark;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.data.Normalisation;
import dev.convoke.engine.NetworkJob;
import dev.convoke.shard.Split;
import dev.convoke.storage.Location;
import java.io.Serializable;
import java.util.List;

/**
 * What to evaluate: a network with the state of a checkpoint, on one split of a dataset.
 *
 * @param network which network, and how it computes
 * @param normalisation what its input is scaled by
 * @param checkpoint the checkpoint's folder; executors read the slices themselves
 * @param slices the checkpoint's slices, in order
 * @param dataset where the shards are
 * @param split which split
 */
public record EvaluationJob(
        NetworkJob network,
        Normalisation normalisation,
        Location checkpoint,
        List<SliceEntry> slices,
        Location dataset,
        Split split)
        implements Serializable {

    /** Copies the list. */
    public EvaluationJob {
        slices = List.copyOf(slices);
    }
}
