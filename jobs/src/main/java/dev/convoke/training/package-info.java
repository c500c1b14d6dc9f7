/** The training loop: order of examples, rounds, averaging, schedules. Knows neither Spark nor Hadoop. */
@NullMarked
package dev.convoke.training;

import org.jspecify.annotations.NullMarked;
