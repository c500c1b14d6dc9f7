/** One copy of a network that trains and predicts, and the engines that compute it. */
@NullMarked
package dev.convoke.engine;

import org.jspecify.annotations.NullMarked;
