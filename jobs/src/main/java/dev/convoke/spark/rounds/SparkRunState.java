package dev.convoke.spark.rounds;

import dev.convoke.training.RunState;
import java.util.List;
import org.apache.spark.rdd.RDD;

/**
 * A state whose slices live on executors.
 *
 * @param handle where they are
 * @param spaces the RDDs whose numbers their blocks carry; unpersisting them frees the blocks
 */
record SparkRunState(int roundsDone, StateHandle handle, List<RDD<?>> spaces) implements RunState {

    SparkRunState {
        spaces = List.copyOf(spaces);
    }
}
