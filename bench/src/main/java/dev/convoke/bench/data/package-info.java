/** Decoding, loading, packing and feeding, beside what bounds them. */
@NullMarked
package dev.convoke.bench.data;

import org.jspecify.annotations.NullMarked;
