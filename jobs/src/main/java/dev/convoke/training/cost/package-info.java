/** What a round costs before it runs: bytes, memory and time, from a law with constants measured on this machine. */
@NullMarked
package dev.convoke.training.cost;

import org.jspecify.annotations.NullMarked;
