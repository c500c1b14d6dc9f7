/**
 * {@code averaging.master: dl4j}: the same recipe through DL4J's own {@code ParameterAveragingTrainingMaster}. The
 * baseline of every benchmark, and the way in for those who have it in production. Everything passes through the
 * driver.
 */
@NullMarked
package dev.convoke.spark.dl4j;

import org.jspecify.annotations.NullMarked;
