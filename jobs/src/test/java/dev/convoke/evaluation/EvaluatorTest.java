package dev.convoke.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.data.Example;
import dev.convoke.engine.Minibatch;
import dev.convoke.shard.ExampleGroups;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluatorTest {

    private static final List<List<Example>> GROUPS = List.of(
            List.of(
                    FakeNetwork.example("a.jpg", 0, 30, 10, 10),
                    FakeNetwork.example("b.jpg", 1, 10, 30, 10),
                    FakeNetwork.example("c.jpg", 2, 30, 10, 20)),
            List.of(FakeNetwork.example("d.jpg", 2, 10, 10, 40)),
            List.of(FakeNetwork.example("e.jpg", 0, 10, 20, 10), FakeNetwork.example("f.jpg", 1, 0, 50, 0)));

    @Test
    void everyExampleIsCountedOnceAndFiguresAreThoseOfItsProbabilities() {
        EvaluationTally tally =
                evaluator(new FakeNetwork(), groups(List.of(3, 1, 2)), 2).evaluate(List.of(0, 1, 2));

        assertThat(tally.examples()).isEqualTo(6);
        assertThat(tally.confusion().correct()).isEqualTo(4);
        assertThat(tally.confusion().count(2, 0)).isEqualTo(1);
        assertThat(tally.confusion().count(0, 1)).isEqualTo(1);
        double expected = loss(3, 1, 1) + loss(3, 1, 1) + loss(2, 3, 1) + loss(4, 1, 1) + loss(1, 2, 1) + loss(5, 0, 0);
        assertThat(tally.lossSum()).isCloseTo(expected, within(1e-5));
        assertThat(tally.worst()).extracting(PredictedExample::path).containsExactly("e.jpg", "c.jpg");
        assertThat(tally.worst().get(0).group()).isEqualTo(2);
        assertThat(tally.worst().get(1).row()).isEqualTo(2);
    }

    @Test
    void minibatchesNeverCrossGroupsSoThatGroupsMayBeEvaluatedAnywhere() {
        FakeNetwork network = new FakeNetwork();

        evaluator(network, groups(List.of(3, 1, 2)), 2).evaluate(List.of(0, 1, 2));

        assertThat(network.sizes).containsExactly(2, 1, 1, 2);
    }

    @Test
    void groupsEvaluatedApartMergeToTheWhole() {
        Evaluator evaluator = evaluator(new FakeNetwork(), groups(List.of(3, 1, 2)), 2);
        EvaluationTally whole = evaluator.evaluate(List.of(0, 1, 2));

        EvaluationTally parts = evaluator.evaluate(List.of(2));
        parts.merge(evaluator.evaluate(List.of(0, 1)));

        assertThat(parts.toBytes()).isEqualTo(whole.toBytes());
    }

    @Test
    void aGroupThatIsNotAsLongAsPromisedStopsTheEvaluation() {
        Evaluator evaluator = evaluator(new FakeNetwork(), groups(List.of(3, 1, 5)), 2);

        assertThatThrownBy(() -> evaluator.evaluate(List.of(0, 1, 2)))
                .isInstanceOf(EvaluationFailedException.class)
                .hasMessageContaining("Group 2")
                .hasMessageContaining("holds 2 examples, its manifest says 5");
    }

    private static double loss(double own, double other, double another) {
        return Math.log(Math.exp(own) + Math.exp(other) + Math.exp(another)) - own;
    }

    private static Evaluator evaluator(FakeNetwork network, ExampleGroups groups, int batch) {
        Minibatch minibatch = new Minibatch(FakeNetwork.SHAPE, FakeNetwork.CLASSES.size(), batch);
        return new Evaluator(network, groups, FakeNetwork.loader(), minibatch);
    }

    private static ExampleGroups groups(List<Integer> sizes) {
        return new ExampleGroups() {
            @Override
            public List<Integer> sizes() {
                return sizes;
            }

            @Override
            public List<Example> read(int group) {
                return GROUPS.get(group);
            }
        };
    }
}
