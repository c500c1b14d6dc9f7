/** What saving and restoring a run's state costs, beside DL4J's ModelSerializer and beside the disk itself. */
@NullMarked
package dev.convoke.bench.checkpoint;

import org.jspecify.annotations.NullMarked;
