/** Verbs, wiring and exit codes. */
@NullMarked
package dev.convoke.cli;

import org.jspecify.annotations.NullMarked;
