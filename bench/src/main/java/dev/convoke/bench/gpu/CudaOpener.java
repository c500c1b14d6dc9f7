package dev.convoke.bench.gpu;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.Replica;
import dev.convoke.engine.cuda.CudaEngine.Choice;
import dev.convoke.engine.cuda.CudaReplica;

/** Opens replicas on a GPU. */
record CudaOpener(Gpu gpu, Choice choice) implements ReplicaOpener {

    @Override
    public boolean takesPixels() {
        return true;
    }

    @Override
    public Replica open(Scenario scenario, Precision precision) {
        return CudaReplica.open(gpu, scenario.graph(), scenario.settings(precision), choice);
    }
}
