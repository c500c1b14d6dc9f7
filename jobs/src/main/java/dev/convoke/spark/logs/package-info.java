/** Logging of the processes of a cluster: set up from our jar, with the levels of the driver. */
@NullMarked
package dev.convoke.spark.logs;

import org.jspecify.annotations.NullMarked;
