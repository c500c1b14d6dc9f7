package dev.convoke.engine.dl4j;

import dev.convoke.engine.OwnThread;
import java.nio.FloatBuffer;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.MemoryWorkspaceManager;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The parameters DL4J gives a fresh network, for engines that do not compute on DL4J. */
public final class InitialState {

    /** Keeps nothing: every array is memory of its own, given back when the workspace is left. */
    private static final WorkspaceConfiguration UNTIL_LEFT = WorkspaceConfiguration.builder()
            .initialSize(0)
            .policyAllocation(AllocationPolicy.STRICT)
            .policyLearning(LearningPolicy.NONE)
            .policySpill(SpillPolicy.EXTERNAL)
            .build();

    private InitialState() {}

    /**
     * Writes the initial parameters, a pure function of the configuration and its seed, in flat DL4J order. The updater
     * state starts as zeros.
     *
     * @param parameters receives as many values as the network has parameters, from its position on
     */
    public static void write(ComputationGraphConfiguration configuration, FloatBuffer parameters) {
        lend(configuration, parameters::put);
    }

    /**
     * Lends the same values without a copy of them.
     *
     * @param reader is called once, on another thread, with a buffer that is gone when it returns
     */
    public static void lend(ComputationGraphConfiguration configuration, Consumer<FloatBuffer> reader) {
        NativeRuntime.prepare();
        OwnThread thread = new OwnThread("initial-state");
        try {
            thread.run(() -> lendHere(configuration, reader));
        } finally {
            thread.close();
        }
    }

    /** In a workspace, because closing an array leaves its memory taken until the next garbage collection. */
    private static void lendHere(ComputationGraphConfiguration configuration, Consumer<FloatBuffer> reader) {
        MemoryWorkspaceManager workspaces = Nd4j.getWorkspaceManager();
        MemoryWorkspace workspace = workspaces.getAndActivateWorkspace(UNTIL_LEFT, "initial state");
        try {
            ComputationGraph graph = new ComputationGraph(configuration.clone());
            graph.init();
            INDArray initial = graph.params();
            reader.accept(initial.data().asNioFloat().slice(0, Math.toIntExact(initial.length())));
        } finally {
            workspace.close();
            workspaces.destroyAllWorkspacesForCurrentThread();
        }
    }
}
