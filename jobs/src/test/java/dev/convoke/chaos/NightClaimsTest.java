package dev.convoke.chaos;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.chaos.NightLog.Line;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The claims of the long drill can fail: each kind of wrong night is told. */
class NightClaimsTest {

    private static final Line FIRST =
            new Line(1, "first", List.of(0), "promoted", "there is no champion yet", "v000001", 1, 700, 0.77, 0.74, 0);

    private static final String GAIN = "gain +0.0100 (9 won, 1 lost)";

    @Test
    void nightsAsTheyShouldBePass() {
        assertThatCode(() -> NightClaims.check(List.of(
                        FIRST,
                        new Line(2, "crash", List.of(137, 137, 0), "promoted", GAIN, "v000002", 2, 730, 0.8, 0.73, 0),
                        new Line(3, "double start", List.of(6, 0, 0), "kept", GAIN, "v000002", 3, 760, 0.8, 0.73, 0),
                        new Line(
                                4,
                                "empty",
                                List.of(0),
                                "kept",
                                "nothing new to train on",
                                "v000002",
                                3,
                                760,
                                0.8,
                                0.73,
                                0))))
                .doesNotThrowAnyException();
    }

    @Test
    void aNightThatIsNotIsNamed() {
        refused(
                "held-out accuracy",
                new Line(2, "more images", List.of(0), "promoted", GAIN, "v2", 2, 730, 0.76, 0.74, 0));
        refused("no night sees", new Line(2, "more images", List.of(0), "promoted", GAIN, "v2", 2, 730, 0.8, 0.6, 0));
        refused("torn reads", new Line(2, "more images", List.of(0), "promoted", GAIN, "v2", 2, 730, 0.8, 0.74, 1));
        refused("revision", new Line(2, "bad labels", List.of(0), "promoted", GAIN, "v2", 2, 730, 0.8, 0.74, 0));
        refused("revision", new Line(2, "crash", List.of(137, 0), "promoted", GAIN, "v2", 3, 760, 0.8, 0.74, 0));
        refused(
                "two at once",
                new Line(2, "double start", List.of(0, 0, 0), "promoted", GAIN, "v2", 2, 730, 0.8, 0.74, 0));
        refused(
                "exit codes",
                new Line(2, "corrupt upload", List.of(0, 0), "promoted", GAIN, "v2", 2, 730, 0.8, 0.74, 0));
        refused("exit codes", new Line(2, "more images", List.of(4), "promoted", GAIN, "v2", 2, 730, 0.8, 0.74, 0));
        refused(
                "only then says kept",
                new Line(2, "more images", List.of(0), "kept", GAIN, "v2", 2, 730, 0.8, 0.74, 0));
        refused(
                "accuracy falls",
                new Line(2, "accuracy falls", List.of(0), "promoted", GAIN, "v2", 2, 730, 0.8, 0.74, 0));
    }

    private static void refused(String why, Line night) {
        assertThatThrownBy(() -> NightClaims.check(List.of(FIRST, night)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(why);
    }
}
