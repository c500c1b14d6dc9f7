package dev.convoke.bench.engine;

/** One engine with one network, ready to compute minibatches. */
interface Peer {

    /** Trains one step or predicts one minibatch, and returns when it is done. */
    void compute();
}
