/** {@code bench averaging}: what a round costs when nothing is trained, Convoke's way and DL4J's. */
@NullMarked
package dev.convoke.bench.averaging;

import org.jspecify.annotations.NullMarked;
