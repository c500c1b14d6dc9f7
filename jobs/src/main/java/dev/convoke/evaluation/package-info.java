/** Confusion matrix, top-1, top-5, loss, and the report a person reads. */
@NullMarked
package dev.convoke.evaluation;

import org.jspecify.annotations.NullMarked;
