/** Benchmarks beside the peers they are compared with; measured, described and written in one way. */
@NullMarked
package dev.convoke.bench;

import org.jspecify.annotations.NullMarked;
