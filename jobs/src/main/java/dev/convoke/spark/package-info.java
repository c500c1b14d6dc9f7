/** The only code with an RDD in it. */
@NullMarked
package dev.convoke.spark;

import org.jspecify.annotations.NullMarked;
