/** The engines beside DL4J as shipped and PyTorch: images a second, each in a process of its own. */
@NullMarked
package dev.convoke.bench.engine;

import org.jspecify.annotations.NullMarked;
