/** A run's figures in Spark's own metrics system. */
@NullMarked
package dev.convoke.spark.monitor;

import org.jspecify.annotations.NullMarked;
