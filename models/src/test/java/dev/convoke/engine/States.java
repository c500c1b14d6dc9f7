package dev.convoke.engine;

import java.nio.FloatBuffer;

/** Copies of a replica's state vector. */
public final class States {

    private States() {}

    /** Returns the whole state vector. */
    public static float[] of(Replica replica) {
        float[] state = new float[replica.layout().valueCount()];
        replica.readState(0, FloatBuffer.wrap(state));
        return state;
    }

    /** Returns the parameters without the updater state. */
    public static float[] parametersOf(Replica replica) {
        float[] parameters = new float[replica.layout().parameterCount()];
        replica.readState(0, FloatBuffer.wrap(parameters));
        return parameters;
    }
}
