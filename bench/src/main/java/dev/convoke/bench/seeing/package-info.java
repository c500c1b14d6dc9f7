/** What it costs to watch a run. */
@NullMarked
package dev.convoke.bench.seeing;

import org.jspecify.annotations.NullMarked;
