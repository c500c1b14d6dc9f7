package dev.convoke.spark.rounds;

import dev.convoke.training.TrainingSettings;
import dev.convoke.training.WorkerKit;
import java.io.Serializable;

/**
 * What executors need to know about a run; sent to them once.
 *
 * @param key names the run and its owner: what stays in memory between rounds is kept under it
 * @param kit makes replicas and opens examples
 * @param settings of the training
 * @param examples how many an epoch has
 */
record RunContext(String key, WorkerKit kit, TrainingSettings settings, long examples) implements Serializable {}
