package dev.convoke.engine.dl4j;

import dev.convoke.engine.Engine;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Replica;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/** DL4J's own {@code ComputationGraph}, with its oneDNN helpers really on. Computes in float32 only. */
public final class Dl4jEngine implements Engine {

    /** Creates the engine; nothing native is loaded until a replica is opened. */
    public Dl4jEngine() {}

    @Override
    public String name() {
        return "dl4j";
    }

    /** Opens a replica; the replicas a process computes with at the same time should use equally many threads. */
    @Override
    public Replica open(ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        if (settings.precision() != Precision.FLOAT32) {
            throw new EngineUnavailableException("The dl4j engine computes in float32 only, got " + settings.precision()
                    + ": set the precision to float32, or choose the onednn engine");
        }
        return Dl4jReplica.open(configuration, settings);
    }
}
