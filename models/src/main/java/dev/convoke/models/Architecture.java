package dev.convoke.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * A network the catalog can build: its name, its idea and its graph.
 *
 * <p>Implementations are stateless. Every graph takes one input {@code [batch, channels, height, width]} and gives one
 * output {@code [batch, classes]} of probabilities.
 */
public interface Architecture {

    /** Returns the name a recipe selects this network by. */
    String name();

    /** Returns in one line what is particular about this network. */
    String idea();

    /** Returns the side of the smallest square image whose every layer still has at least one output pixel. */
    int smallestInputPixels();

    /**
     * Returns the graph; two calls with equal arguments give equal configurations, and with them equal initial weights.
     *
     * @param spec its {@code architecture} is not looked at
     * @param optimizer what the updaters of the graph do; their learning rate is a placeholder, a step brings its own
     * @param seed of the initial weights
     * @throws IllegalArgumentException if the network has no dropout layer and the spec asks for dropout
     */
    ComputationGraphConfiguration configure(NetworkSpec spec, OptimizerSpec optimizer, long seed);
}
