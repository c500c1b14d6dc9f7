package dev.convoke.spark.dl4j;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.dl4j.InitialState;
import java.nio.FloatBuffer;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** The driver's network as DL4J's master wants it: for one round, with the learning rates of its steps. */
final class RoundNetwork {

    private final ComputationGraphConfiguration configuration;

    RoundNetwork(ComputationGraphConfiguration configuration) {
        this.configuration = configuration;
    }

    /** Writes the parameters of a fresh network. */
    void writeInitial(FloatBuffer parameters) {
        InitialState.write(configuration, parameters);
    }

    /**
     * Opens the network with a state.
     *
     * @param rates the learning rate of each step of the round, from 0; DL4J's workers count their steps themselves
     */
    ComputationGraph open(FloatBuffer state, StateLayout layout, Map<Integer, Double> rates) {
        ComputationGraphConfiguration copy = ComputationGraphConfiguration.fromJson(configuration.toJson());
        for (GraphVertex vertex : copy.getVertices().values()) {
            if (vertex instanceof LayerVertex layer && layer.getLayerConf().getLayer() instanceof BaseLayer base) {
                schedule(base.getIUpdater(), rates);
                schedule(base.getBiasUpdater(), rates);
            }
        }
        copy.setIterationCount(0);
        ComputationGraph graph = new ComputationGraph(copy);
        graph.init();
        graph.params().data().asNioFloat().put(state.slice(0, layout.parameterCount()));
        if (layout.updaterStateCount() > 0) {
            updaterState(graph)
                    .data()
                    .asNioFloat()
                    .put(state.slice(layout.parameterCount(), layout.updaterStateCount()));
        }
        return graph;
    }

    /** Copies a network's state out. */
    static FloatBuffer read(ComputationGraph graph, StateLayout layout) {
        FloatBuffer state = FloatBuffer.allocate(layout.valueCount());
        state.put(graph.params().data().asNioFloat().slice(0, layout.parameterCount()));
        if (layout.updaterStateCount() > 0) {
            state.put(updaterState(graph).data().asNioFloat().slice(0, layout.updaterStateCount()));
        }
        return state.flip();
    }

    private static INDArray updaterState(ComputationGraph graph) {
        return graph.getUpdater().getStateViewArray();
    }

    private static void schedule(IUpdater updater, Map<Integer, Double> rates) {
        if (updater != null && updater.hasLearningRate()) {
            updater.setLrAndSchedule(Double.NaN, new MapSchedule(ScheduleType.ITERATION, rates));
        }
    }
}
