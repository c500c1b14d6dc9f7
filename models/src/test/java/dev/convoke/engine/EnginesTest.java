package dev.convoke.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Replica.Step;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import java.util.Objects;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;

class EnginesTest {

    private static final String REFUSED = "Layer 'join' cannot be computed by oneDNN, which refuses a concatenation,"
            + " status 2: choose engine: dl4j, which computes in float32, or change the layer";

    @Test
    void everyNameFindsItsEngine() {
        assertThat(Engines.names()).containsExactly("auto", "onednn", "dl4j", "cuda", "cuda-fast");
        assertThat(Engines.byName("dl4j").name()).isEqualTo("dl4j");
    }

    @Test
    void autoComputesOnOnednnWhatItCanCompile() {
        ReplicaSettings settings = new ReplicaSettings(1, 2, Precision.FLOAT32);
        try (Replica auto = Engines.byName("auto").open(TinyNetwork.plain(OptimizerSpec.SGD, 1), settings);
                Replica onednn = Engines.byName("onednn").open(TinyNetwork.plain(OptimizerSpec.SGD, 1), settings)) {
            assertThat(auto).hasSameClassAs(onednn);
            assertThat(Engines.byName("auto").nameFor(TinyNetwork.plain(OptimizerSpec.SGD, 1), settings))
                    .isEqualTo("onednn");
        }
    }

    @Test
    void autoFallsBackToDl4jForALayerThatCannotBeCompiled() {
        ComputationGraphConfiguration sigmoid = TinyNetwork.plain(OptimizerSpec.SGD, 1);
        LayerVertex dense =
                (LayerVertex) Objects.requireNonNull(sigmoid.getVertices().get("fc2"));
        ((DenseLayer) dense.getLayerConf().getLayer()).setActivationFn(new ActivationSigmoid());
        ReplicaSettings settings = new ReplicaSettings(1, 2, Precision.FLOAT32);
        assertThatThrownBy(() -> Engines.byName("onednn").open(sigmoid, settings))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("Layer 'fc2' of type DenseLayer cannot be compiled: its activation is sigmoid");
        assertAutoIsDl4j(sigmoid, settings);
    }

    @Test
    void autoFallsBackToDl4jWhenItOpensForALayerThatOnednnRefuses() {
        ComputationGraphConfiguration joining = TinyNetwork.joiningDenseLayers(1);
        ReplicaSettings settings = new ReplicaSettings(1, 2, Precision.FLOAT32).forImages(TinyNetwork.INPUT);
        assertThatThrownBy(() -> Engines.byName("onednn").open(joining, settings))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessage(REFUSED);
        assertAutoIsDl4j(joining, settings);
    }

    private static void assertAutoIsDl4j(ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        Minibatch batch = TestBatches.separable(TinyNetwork.INPUT, TinyNetwork.CLASSES, 2, 1);
        try (Replica auto = Engines.byName("auto").open(configuration, settings);
                Replica dl4j = Engines.byName("dl4j").open(configuration, settings)) {
            assertThat(auto).hasSameClassAs(dl4j);
            assertThat(Engines.byName("auto").nameFor(configuration, settings)).isEqualTo("dl4j");
            assertThat(auto.train(batch, new Step(0.1, 0)).examples()).isEqualTo(2);
        }
    }

    @Test
    void aLayerThatOnednnRefusesIsNamedByTheFirstMinibatchIfNoSoonerAndTheReplicaStaysUsable() {
        ReplicaSettings settings = new ReplicaSettings(1, 2, Precision.FLOAT32);
        Minibatch batch = TestBatches.separable(TinyNetwork.INPUT, TinyNetwork.CLASSES, 2, 1);
        try (Replica replica = Engines.byName("onednn").open(TinyNetwork.joiningDenseLayers(1), settings)) {
            float[] initial = States.of(replica);
            assertThatThrownBy(() -> replica.train(batch, new Step(0.1, 0)))
                    .isInstanceOf(EngineUnavailableException.class)
                    .hasMessage(REFUSED);
            assertThat(States.of(replica)).isEqualTo(initial);
        }
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatThrownBy(() -> Engines.byName("abacus"))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessage("Unknown engine 'abacus': there are " + String.join(", ", Engines.names()));
    }
}
