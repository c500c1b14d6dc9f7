/** Large sources: how long sharding takes, and that memory does not grow with the number of images. */
@NullMarked
package dev.convoke.bench.ingest;

import org.jspecify.annotations.NullMarked;
