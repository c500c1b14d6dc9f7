package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import dev.convoke.engine.Engine;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Replica;
import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.GraphReader;
import dev.convoke.models.ImageShape;
import java.util.OptionalLong;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/** Compiles a graph to a static plan and executes it on oneDNN 3. */
public final class OnednnEngine implements Engine {

    /** Creates the engine; nothing native is loaded until a replica is opened. */
    public OnednnEngine() {}

    @Override
    public String name() {
        return "onednn";
    }

    /**
     * Checks what {@link #open} would, without opening anything.
     *
     * @throws EngineUnavailableException if this machine or this graph cannot be computed
     */
    public void requireComputable(ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        computable(configuration, settings);
    }

    /**
     * Checks that this machine's CPU computes in a precision.
     *
     * @throws EngineUnavailableException if not; says what it lacks
     */
    public static void requireCpu(Precision precision) {
        if (precision == Precision.TF32) {
            throw new EngineUnavailableException(
                    "A CPU does not compute in TF32: choose engine: cuda, or set the precision to float32 or bfloat16");
        }
        try {
            if (!Cpu.hasAvx2()) {
                throw new EngineUnavailableException("The onednn engine needs a CPU with AVX2: run on a newer machine,"
                        + " or choose another engine");
            }
        } catch (LinkageError e) {
            throw new EngineUnavailableException("oneDNN's native library does not load (" + e
                    + "): check that its jars are on the class path and that JavaCPP's cache folder is writable");
        }
        if (precision == Precision.BFLOAT16 && !Cpu.hasBfloat16()) {
            throw new EngineUnavailableException("This CPU cannot compute in bfloat16, which needs AVX-512 BF16 or AMX:"
                    + " run on such a machine, or set the precision to float32");
        }
    }

    /** Returns how long a replica has spent compiling so far, in milliseconds; empty if it is of another engine. */
    public static OptionalLong compileMilliseconds(Replica replica) {
        return replica instanceof OnednnReplica own ? OptionalLong.of(own.compileMilliseconds()) : OptionalLong.empty();
    }

    @Override
    public Replica open(ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        return OnednnReplica.open(configuration, computable(configuration, settings), settings, dataType(settings));
    }

    /**
     * Reads the graph and has oneDNN accept every layer of it, as far as that can be known before the first minibatch.
     * All of it is a pure function of the arguments and the CPU: every worker of a run comes to the same engine.
     */
    private static Graph computable(ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        Graph graph = GraphReader.read(configuration, settings.rates());
        requireCpu(settings.precision());
        ImageShape images = settings.images();
        if (images != null) {
            Trial.describe(graph.plan(images), settings.batch(), dataType(settings));
        }
        return graph;
    }

    private static int dataType(ReplicaSettings settings) {
        return settings.precision() == Precision.BFLOAT16 ? dnnl_bf16 : dnnl_f32;
    }
}
