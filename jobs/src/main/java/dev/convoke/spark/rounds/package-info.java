/** Rounds on Spark: workers train on executors, slices of the state are averaged where they live. */
@NullMarked
package dev.convoke.spark.rounds;

import org.jspecify.annotations.NullMarked;
