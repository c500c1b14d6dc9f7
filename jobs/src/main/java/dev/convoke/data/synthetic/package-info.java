/** Photograph-like images made from a seed, for the quickstart, for tests and for anyone without a dataset at hand. */
@NullMarked
package dev.convoke.data.synthetic;

import org.jspecify.annotations.NullMarked;
