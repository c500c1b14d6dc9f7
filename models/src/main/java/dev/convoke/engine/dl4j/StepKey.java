package dev.convoke.engine.dl4j;

import java.io.Serializable;

/** The dropout key of the step a replica is in, shared by its dropout layers. */
final class StepKey implements Serializable {

    private static final long serialVersionUID = 1;

    private long value;

    long value() {
        return value;
    }

    void set(long dropoutKey) {
        value = dropoutKey;
    }
}
