/** A real HDFS and a real Spark cluster as processes of this machine, for people and tests that have no other. */
@NullMarked
package dev.convoke.cluster;

import org.jspecify.annotations.NullMarked;
