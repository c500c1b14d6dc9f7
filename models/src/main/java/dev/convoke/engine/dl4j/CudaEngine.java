package dev.convoke.engine.dl4j;

import dev.convoke.engine.Engine;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.Replica;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * DL4J's {@code ComputationGraph} on an NVIDIA GPU, by its CUDA 11.6 back end: compute capability 3.5 to 8.x. Computes
 * in float32 only. Never falls back to a CPU.
 */
public final class CudaEngine implements Engine {

    /** Creates the engine; nothing native is loaded until a replica is opened. */
    public CudaEngine() {}

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public boolean needsGpu() {
        return true;
    }

    /** Refuses: a replica of this engine needs a GPU of its own. */
    @Override
    public Replica open(ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        throw new EngineUnavailableException("The cuda engine was given no GPU, and computes on nothing else: run on a"
                + " cluster that grants one to each task (spark.task.resource.gpu.amount=1), or choose engine: onednn");
    }

    @Override
    public Replica openOn(Gpu gpu, ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        if (settings.precision() != Precision.FLOAT32) {
            throw new EngineUnavailableException("The cuda engine computes in float32 only, got " + settings.precision()
                    + ": set the precision to float32, or choose the onednn engine");
        }
        CudaRuntime.prepare(gpu);
        return Dl4jReplica.openOn(gpu, configuration, settings);
    }
}
