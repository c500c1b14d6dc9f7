package dev.convoke.engine;

import dev.convoke.engine.dl4j.Dl4jEngine;
import dev.convoke.engine.onednn.OnednnEngine;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The fastest engine that can compute a graph here: oneDNN, else DL4J with one line that says why. */
final class AutoEngine implements Engine {

    private static final Logger LOG = LoggerFactory.getLogger(AutoEngine.class);
    private static final OnednnEngine FIRST = new OnednnEngine();
    private static final Engine SECOND = new Dl4jEngine();

    @Override
    public String name() {
        return "auto";
    }

    @Override
    public String nameFor(ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        try {
            FIRST.requireComputable(configuration, settings);
            return FIRST.name();
        } catch (EngineUnavailableException e) {
            return settings.precision() == Precision.FLOAT32 ? SECOND.name() : FIRST.name();
        }
    }

    @Override
    public Replica open(ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        try {
            return FIRST.open(configuration, settings);
        } catch (EngineUnavailableException e) {
            if (settings.precision() != Precision.FLOAT32) {
                throw e;
            }
            Replica second = SECOND.open(configuration, settings);
            LOG.warn("Computing on the dl4j engine, several times slower than onednn: {}", e.getMessage());
            return second;
        }
    }
}
