/** What a run measured, one JSON-lines file a round. */
@NullMarked
package dev.convoke.metrics;

import org.jspecify.annotations.NullMarked;
