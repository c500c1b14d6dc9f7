package dev.convoke.spark.rounds;

import dev.convoke.training.RunState;
import org.apache.spark.rdd.RDD;

/**
 * A state whose slices live on executors.
 *
 * @param handle where they are
 * @param space the RDD whose number their blocks carry; unpersisting it frees them
 */
record SparkRunState(int roundsDone, StateHandle handle, RDD<?> space) implements RunState {}
