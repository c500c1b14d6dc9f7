package dev.convoke.engine.cuda;

import dev.convoke.engine.Engine;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.Replica;
import dev.convoke.engine.dl4j.InitialState;
import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.GraphReader;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * Compiles a graph to a static plan and executes it on an NVIDIA GPU. Never falls back to a CPU. There are two:
 * {@code cuda}, whose steps give the same bits each time on the same kind of GPU and libraries, and {@code cuda-fast}.
 */
public final class CudaEngine implements Engine {

    private final Choice choice;

    /** Creates the engine; nothing native is loaded until a replica is opened. */
    public CudaEngine(Choice choice) {
        this.choice = choice;
    }

    /** Which of a library's ways to compute is taken. */
    public enum Choice {
        /** The first proposal that gives the same bits each time. */
        SAME_BITS,
        /** Whichever is fastest when they are tried. */
        FASTEST
    }

    @Override
    public String name() {
        return choice == Choice.SAME_BITS ? "cuda" : "cuda-fast";
    }

    @Override
    public boolean needsGpu() {
        return true;
    }

    @Override
    public boolean takesPixels() {
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
        Graph graph = GraphReader.read(configuration, settings.rates());
        Replica replica = CudaReplica.open(gpu, graph, settings, choice);
        try {
            InitialState.lend(configuration, parameters -> replica.writeState(0, parameters));
            return replica;
        } catch (RuntimeException | Error failed) {
            replica.close();
            throw failed;
        }
    }
}
