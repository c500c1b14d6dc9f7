/** Images: finding, decoding, augmenting and generating them. Knows bytes and streams, not where they are stored. */
@NullMarked
package dev.convoke.data;

import org.jspecify.annotations.NullMarked;
