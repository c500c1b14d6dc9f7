package dev.convoke.engine.dl4j;

import dev.convoke.engine.OwnThread;
import java.nio.FloatBuffer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The parameters DL4J gives a fresh network, for engines that do not compute on DL4J. */
public final class InitialState {

    private InitialState() {}

    /**
     * Writes the initial parameters, a pure function of the configuration and its seed, in flat DL4J order. The updater
     * state starts as zeros.
     *
     * @param parameters receives as many values as the network has parameters, from its position on
     */
    public static void write(ComputationGraphConfiguration configuration, FloatBuffer parameters) {
        NativeRuntime.prepare();
        OwnThread thread = new OwnThread("initial-state");
        try {
            thread.run(() -> {
                ComputationGraph graph = new ComputationGraph(configuration.clone());
                graph.init();
                try (INDArray initial = graph.params()) {
                    parameters.put(initial.data().asNioFloat().slice(0, Math.toIntExact(initial.length())));
                }
            });
        } finally {
            thread.close();
        }
    }
}
