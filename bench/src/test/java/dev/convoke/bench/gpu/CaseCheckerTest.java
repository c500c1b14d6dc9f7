package dev.convoke.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CaseCheckerTest {

    static List<String> operations() {
        return OperationGraphs.names();
    }

    @ParameterizedTest
    @MethodSource("operations")
    void theEngineThatMadeACasePassesIt(String name) {
        CheckResult result = CaseChecker.check(References.make(name), Precision.FLOAT32, References::onCpu);

        assertThat(result.ok()).as(result.text()).isTrue();
        assertThat(result.line()).contains(name, "float32", "ok", "twice the same bits");
    }

    @ParameterizedTest
    @MethodSource("operations")
    void aGradientThatIsOnePercentTooLargeFails(String name) {
        CheckResult result = CaseChecker.check(
                References.make(name),
                Precision.FLOAT32,
                (scenario, precision) -> altered(References.onCpu(scenario, precision), 1.01, 0));

        assertThat(result.ok()).as(result.text()).isFalse();
        assertThat(result.text()).contains("momentum after step 1");
    }

    @Test
    void aDeepNetworkToldOfASlightlyWrongGradientFailsInItsFirstStep() {
        CheckResult result = CaseChecker.check(
                References.make("inception-v1"),
                Precision.FLOAT32,
                (scenario, precision) -> altered(References.onCpu(scenario, precision), 1.01, 0));

        assertThat(result.ok()).as(result.text()).isFalse();
        assertThat(result.text()).contains("momentum after step 1");
    }

    @Test
    void whatIsNotANumberFails() {
        CheckResult result = CaseChecker.check(
                References.make("op-conv"),
                Precision.FLOAT32,
                (scenario, precision) -> altered(References.onCpu(scenario, precision), Double.NaN, 0));

        assertThat(result.ok()).as(result.text()).isFalse();
        assertThat(GraphFile.parse(GraphFile.text(result), CheckResult.class)).isEqualTo(result);
    }

    @Test
    void dropoutOfAnotherKeyFails() {
        CheckResult result = CaseChecker.check(
                References.make("op-dropout"),
                Precision.FLOAT32,
                (scenario, precision) -> altered(References.onCpu(scenario, precision), 1, 1));

        assertThat(result.ok()).as(result.text()).isFalse();
    }

    @Test
    void anExceptionIsAFailureInOneLineThatSaysWhatAndWhere() {
        CheckResult result =
                CaseChecker.check(References.make("op-conv"), Precision.BFLOAT16, (scenario, precision) -> {
                    throw new EngineUnavailableException("no GPU here\nnot one");
                });

        assertThat(result.ok()).isFalse();
        assertThat(result.line())
                .contains("op-conv", "bfloat16", "FAILED", "no GPU here | not one", "CaseCheckerTest.java")
                .doesNotContain("\n");
    }

    private static Replica altered(Replica replica, double rate, long key) {
        return new TrainedOtherwise(
                replica,
                (batch, step) -> replica.train(batch, new Step(step.learningRate() * rate, step.dropoutKey() + key)));
    }
}
