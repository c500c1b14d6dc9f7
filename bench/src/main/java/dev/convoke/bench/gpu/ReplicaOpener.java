package dev.convoke.bench.gpu;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Replica;

/** Where the replicas that are checked come from. */
interface ReplicaOpener {

    /** Opens a replica of a scenario's network; its state is replaced before it trains. */
    Replica open(Scenario scenario, Precision precision);

    /** Returns whether its replicas take images as bytes. */
    default boolean takesPixels() {
        return false;
    }
}
