/** What a few rounds did when, as a trace that browsers draw. */
@NullMarked
package dev.convoke.metrics.trace;

import org.jspecify.annotations.NullMarked;
