package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Engines;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.engine.States;
import dev.convoke.engine.TestBatches;
import dev.convoke.models.OperationNetworks;
import java.nio.FloatBuffer;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each operation's gradient against differences of the loss. A step of plain gradient descent at rate 1 tells the
 * gradient; a step at rate 0 the loss alone.
 */
class GradientCheckTest {

    private static final int EXAMPLES = 5;
    private static final long DROPOUT_KEY = 77;

    /** Large against the rounding of a float32 loss, small against the distance to the next kink of a ReLU. */
    private static final double REACH = 2e-3;

    private static final double TOLERANCE = 0.02;

    /** Moving statistics move with the examples, not down a gradient. */
    private static final Set<Kind> STATISTICS = EnumSet.of(Kind.MEAN, Kind.VARIANCE);

    static Stream<String> operations() {
        return StreamSupport.stream(OperationNetworks.names().spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void theGradientIsTheSlopeOfTheLoss(String operation) {
        Minibatch batch = TestBatches.separable(OperationNetworks.INPUT, OperationNetworks.CLASSES, EXAMPLES, 3);
        for (int row = 0; row < EXAMPLES; row++) {
            batch.target(row, row % OperationNetworks.CLASSES, 0.1);
        }
        ReplicaSettings settings = new ReplicaSettings(2, EXAMPLES, Precision.FLOAT32);
        try (Replica replica = Engines.byName("onednn").open(OperationNetworks.of(operation, 5), settings)) {
            float[] state = started(replica);
            replica.writeState(0, FloatBuffer.wrap(state));
            replica.train(batch, new Step(1, DROPOUT_KEY));
            float[] after = States.of(replica);
            for (Segment segment : replica.layout().segments()) {
                if (!STATISTICS.contains(segment.kind())) {
                    double[] gradient = new double[segment.length()];
                    for (int i = 0; i < gradient.length; i++) {
                        gradient[i] = state[segment.offset() + i] - after[segment.offset() + i];
                    }
                    check(replica, batch, state, segment, gradient);
                }
            }
        }
    }

    @Test
    void theConcatenationThatIsCheckedInPlaceIsNotCopied() {
        ReplicaSettings settings = new ReplicaSettings(2, EXAMPLES, Precision.FLOAT32);
        try (OnednnReplica replica = (OnednnReplica) Engines.byName("onednn")
                .open(OperationNetworks.of(OperationNetworks.CONCATENATION_IN_PLACE, 5), settings)) {
            assertThat(replica.explain(OperationNetworks.INPUT, true, 0).rows())
                    .filteredOn(row -> row.layer().equals("op"))
                    .noneMatch(row -> row.operation().equals("Concatenation"));
        }
    }

    /** Along the gradient, and along three random directions that an error across it would show in. */
    private static void check(Replica replica, Minibatch batch, float[] state, Segment segment, double[] gradient) {
        double length = Math.sqrt(dot(gradient, gradient));
        assertThat(length)
                .as("the gradient of %s reaches %s", segment.parameter(), segment.layer())
                .isPositive();
        Random random = new Random(9);
        for (int i = 0; i < 4; i++) {
            double[] direction = i == 0
                    ? gradient.clone()
                    : random.doubles(gradient.length, -1, 1).toArray();
            double norm = Math.sqrt(dot(direction, direction));
            for (int j = 0; j < direction.length; j++) {
                direction[j] /= norm;
            }
            double slope = (loss(replica, batch, state, segment, direction, REACH)
                            - loss(replica, batch, state, segment, direction, -REACH))
                    / (2 * REACH);
            assertThat(Math.abs(slope - dot(gradient, direction)))
                    .as(
                            "%s of %s: slope %g, gradient %g",
                            segment.parameter(), segment.layer(), slope, dot(gradient, direction))
                    .isLessThan(TOLERANCE * length + 2e-4);
        }
    }

    private static double loss(
            Replica replica, Minibatch batch, float[] state, Segment segment, double[] direction, double reach) {
        float[] moved = state.clone();
        for (int i = 0; i < direction.length; i++) {
            moved[segment.offset() + i] += (float) (reach * direction[i]);
        }
        replica.writeState(0, FloatBuffer.wrap(moved));
        return replica.train(batch, new Step(0, DROPOUT_KEY)).lossSum() / EXAMPLES;
    }

    /** Returns the initial state with biases and shifts that are not zero, so that no ReLU sits on its kink. */
    private static float[] started(Replica replica) {
        float[] state = States.of(replica);
        Random random = new Random(4);
        for (Segment segment : replica.layout().segments()) {
            if (segment.kind() == Kind.BIAS || segment.kind() == Kind.BETA || segment.kind() == Kind.GAMMA) {
                for (int i = segment.offset(); i < segment.offset() + segment.length(); i++) {
                    state[i] += (float) random.nextDouble(0.05, 0.3);
                }
            }
        }
        return state;
    }

    private static double dot(double[] one, double[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += one[i] * other[i];
        }
        return sum;
    }
}
