/** Checkpoints that are whole or not there, and who owns a run directory. */
@NullMarked
package dev.convoke.checkpoint;

import org.jspecify.annotations.NullMarked;
