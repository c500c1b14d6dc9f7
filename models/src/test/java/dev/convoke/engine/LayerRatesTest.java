package dev.convoke.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.models.ImageShape;
import dev.convoke.models.LayerRates;
import dev.convoke.models.LayerRates.Group;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frozen layers and layers that learn at rates of their own, on both engines. */
class LayerRatesTest {

    private static final OptimizerSpec MOMENTUM = new OptimizerSpec(0.9, 1e-3, 0);
    private static final double RATE = 0.05;

    @ParameterizedTest
    @ValueSource(strings = {"dl4j", "onednn"})
    void frozenLayersStayToTheBitWithTheirStatisticsAndTheOthersLearn(String engine) {
        LayerRates rates = new LayerRates(List.of(new Group("right_bn", 0)));
        float[] before = trained(engine, rates, MOMENTUM, 0);
        float[] after = trained(engine, rates, MOMENTUM, 4);

        Set<String> moved = new HashSet<>();
        for (Segment segment : layout().segments()) {
            if (!Arrays.equals(cut(before, segment), cut(after, segment))) {
                moved.add(segment.layer());
            }
        }

        assertThat(moved).contains("fc3", "fc4", "predictions").doesNotContain("input_bn", "conv1", "right_bn");
        assertThat(frozenOf(rates)).contains("input_bn", "conv1", "right_bn").doesNotContainAnyElementsOf(moved);
    }

    /** Four steps with momentum, weight decay, frozen and slow layers: the engines end in the same place. */
    @ParameterizedTest
    @CsvSource({"conv1, 0, right, 0.1", "right_bn, 0, fc3, 0.5", "conv1, 0.1, fc3, 2"})
    void bothEnginesTakeTheSameSteps(String first, double firstFactor, String second, double secondFactor) {
        LayerRates rates = new LayerRates(List.of(new Group(first, firstFactor), new Group(second, secondFactor)));

        float[] dl4j = trained("dl4j", rates, MOMENTUM, 4);
        float[] onednn = trained("onednn", rates, MOMENTUM, 4);

        for (Segment segment : layout().segments()) {
            assertThat(Distance.relative(cut(dl4j, segment), cut(onednn, segment)))
                    .as("%s of %s", segment.parameter(), segment.layer())
                    .isLessThan(2e-4);
        }
        assertThat(Distance.relative(momentum(dl4j), momentum(onednn))).isLessThan(2e-3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dl4j", "onednn"})
    void aStepOfALayerIsItsFactorTimesWhatItWouldBe(String engine) {
        LayerRates slow = new LayerRates(List.of(new Group("fc3", 0.25)));
        float[] start = trained(engine, LayerRates.SAME, OptimizerSpec.SGD, 0);
        float[] usual = trained(engine, LayerRates.SAME, OptimizerSpec.SGD, 1);
        float[] slower = trained(engine, slow, OptimizerSpec.SGD, 1);

        for (Segment segment : layout().segments()) {
            boolean statistics = segment.kind() == Kind.MEAN || segment.kind() == Kind.VARIANCE;
            boolean behind = Set.of("fc4", "predictions").contains(segment.layer());
            double factor = statistics || behind ? 1 : 0.25;
            for (int i = segment.offset(); i < segment.offset() + segment.length(); i++) {
                assertThat((double) slower[i] - start[i])
                        .as("%s of %s", segment.parameter(), segment.layer())
                        .isCloseTo(factor * ((double) usual[i] - start[i]), within(2e-6));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dl4j", "onednn"})
    void theSameRatesForAllAreNoRates(String engine) {
        LayerRates ones = new LayerRates(List.of(new Group("conv1", 1), new Group("fc3", 1)));

        assertThat(trained(engine, ones, MOMENTUM, 3)).isEqualTo(trained(engine, LayerRates.SAME, MOMENTUM, 3));
    }

    /** Dropout in the frozen part is off; what is behind it keeps its masks. */
    @Test
    void bothEnginesDropTheSameBehindAFrozenPart() {
        LayerRates rates = new LayerRates(List.of(new Group("dropout3", 0)));

        float[] dl4j = trained("dl4j", rates, MOMENTUM, 3, 0.5);
        float[] onednn = trained("onednn", rates, MOMENTUM, 3, 0.5);

        for (Segment segment : layout().segments()) {
            assertThat(Distance.relative(cut(dl4j, segment), cut(onednn, segment)))
                    .as("%s of %s", segment.parameter(), segment.layer())
                    .isLessThan(2e-4);
        }
    }

    /** The real networks, as far as their residual and inception blocks have to do with it. */
    @ParameterizedTest
    @CsvSource({"resnet34, 32", "inception-v1, 32"})
    void realNetworksFreezeUpToAnyLayer(String architecture, int pixels) {
        ImageShape shape = ImageShape.rgb(pixels);
        NetworkJob plain = job(architecture, shape, LayerRates.SAME);
        List<Segment> segments = plain.layout().segments();
        String middle = segments.get(segments.size() / 2).layer();
        LayerRates rates = new LayerRates(List.of(new Group(middle, 0)));
        Minibatch batch = TestBatches.separable(shape, 3, 2, 5);

        for (String engine : List.of("dl4j", "onednn")) {
            float[] before;
            float[] after;
            try (Replica replica = Engines.byName(engine)
                    .open(plain.configuration(), new ReplicaSettings(2, 2, Precision.FLOAT32, rates))) {
                before = States.parametersOf(replica);
                replica.train(batch, new Step(0.01, 1));
                after = States.parametersOf(replica);
            }
            int frozenUntil = segments.get(segments.size() / 2).offset();
            int end = segments.stream()
                    .filter(segment -> segment.layer().equals(middle))
                    .mapToInt(segment -> segment.offset() + segment.length())
                    .max()
                    .orElseThrow();
            assertThat(Arrays.equals(before, 0, end, after, 0, end))
                    .as("%s of %s stays up to %s", architecture, engine, middle)
                    .isTrue();
            assertThat(frozenUntil).isPositive();
            Segment output = segments.get(segments.size() - 1);
            assertThat(cut(before, output)).isNotEqualTo(cut(after, output));
        }
    }

    @Test
    void unknownLayersAndAWrongOrderAreNamed() {
        assertThatThrownBy(() -> trained("onednn", new LayerRates(List.of(new Group("conf1", 0))), MOMENTUM, 0))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("no layer 'conf1': did you mean 'conv1'?");
        assertThatThrownBy(() -> trained(
                        "onednn", new LayerRates(List.of(new Group("fc3", 0), new Group("conv1", 0.5))), MOMENTUM, 0))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("'conv1' comes before the group named before it");
        assertThatThrownBy(() -> new LayerRates(List.of(new Group("conv1", 0.5), new Group("fc3", 0))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'fc3' would be frozen behind layers that learn");
        assertThatThrownBy(() -> new Group("conv1", -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not -1.0");
    }

    private static NetworkJob job(String architecture, ImageShape shape, LayerRates rates) {
        return new NetworkJob(
                new NetworkSpec(architecture, shape, 3, 0.0), MOMENTUM, 3, "onednn", Precision.FLOAT32, 2, rates);
    }

    private static StateLayout layout() {
        return StateLayouts.of(TinyNetwork.configure(MOMENTUM, 0, 1));
    }

    private static Set<String> frozenOf(LayerRates rates) {
        Set<String> frozen = new HashSet<>();
        rates.byLayer(StateLayouts.topologicalOrder(TinyNetwork.configure(MOMENTUM, 0, 1)))
                .forEach((layer, factor) -> {
                    if (factor == 0) {
                        frozen.add(layer);
                    }
                });
        return frozen;
    }

    private static float[] trained(String engine, LayerRates rates, OptimizerSpec optimizer, int steps) {
        return trained(engine, rates, optimizer, steps, 0);
    }

    private static float[] trained(
            String engine, LayerRates rates, OptimizerSpec optimizer, int steps, double dropout) {
        Minibatch batch = TestBatches.separable(TinyNetwork.INPUT, TinyNetwork.CLASSES, 6, 5);
        ReplicaSettings settings = new ReplicaSettings(1, 6, Precision.FLOAT32, rates);
        try (Replica replica = Engines.byName(engine).open(TinyNetwork.configure(optimizer, dropout, 1), settings)) {
            for (int step = 0; step < steps; step++) {
                replica.train(batch, new Step(RATE, step));
            }
            return States.of(replica);
        }
    }

    private static float[] momentum(float[] state) {
        return Arrays.copyOfRange(state, layout().parameterCount(), state.length);
    }

    private static float[] cut(float[] state, Segment segment) {
        return Arrays.copyOfRange(state, segment.offset(), segment.offset() + segment.length());
    }
}
