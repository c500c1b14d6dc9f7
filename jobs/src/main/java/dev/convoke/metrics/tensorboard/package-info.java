/** Event files that TensorBoard reads. */
@NullMarked
package dev.convoke.metrics.tensorboard;

import org.jspecify.annotations.NullMarked;
