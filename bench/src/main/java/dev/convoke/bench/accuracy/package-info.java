/** What training ends in, by how it is averaged. */
@NullMarked
package dev.convoke.bench.accuracy;

import org.jspecify.annotations.NullMarked;
