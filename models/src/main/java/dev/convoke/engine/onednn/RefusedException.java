package dev.convoke.engine.onednn;

import dev.convoke.engine.EngineUnavailableException;

/** oneDNN does not compute such a thing: leave its layer to another engine. */
final class RefusedException extends RuntimeException {

    /** Carries what was refused, and oneDNN's number for why. */
    RefusedException(String what, int status) {
        super(what + ", status " + status);
    }

    /** Returns the error that names the layer and the remedy. */
    EngineUnavailableException of(String layer) {
        return new EngineUnavailableException("Layer '" + layer + "' cannot be computed by oneDNN, which refuses "
                + getMessage() + ": choose engine: dl4j, which computes in float32, or change the layer");
    }
}
