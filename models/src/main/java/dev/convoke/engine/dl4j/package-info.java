/** The engine that computes on DL4J's own ComputationGraph with its oneDNN helpers on, and DL4J's model files. */
@NullMarked
package dev.convoke.engine.dl4j;

import org.jspecify.annotations.NullMarked;
