package dev.convoke.bench.engine;

import java.util.OptionalLong;

/** One engine with one network, ready to compute minibatches. */
interface Peer {

    /** Returns how long compiling what was computed took, in milliseconds; empty if it was not compiled. */
    default OptionalLong compileMilliseconds() {
        return OptionalLong.empty();
    }

    /** Trains one step or predicts one minibatch, and returns when it is done. */
    void compute();
}
