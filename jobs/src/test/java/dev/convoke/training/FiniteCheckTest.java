package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FiniteCheckTest {

    private final FiniteCheck check = new FiniteCheck();

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 129, 1000, 1023, 1024, 1025, 2100})
    void oneValueThatIsNotFiniteIsFoundWhereverItIs(int length) {
        float[] values = new float[length];
        Arrays.fill(values, -Float.MAX_VALUE);
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int at = 0; at < length; at++) {
                float good = values[at];
                values[at] = bad;

                assertThat(check.passes(values, length)).as("%s at %d", bad, at).isFalse();
                assertThat(FiniteCheck.firstFailure(values, length)).isEqualTo(at);

                values[at] = good;
            }
        }
        assertThat(check.passes(values, length)).isTrue();
        assertThat(FiniteCheck.firstFailure(values, length)).isEqualTo(length);
    }

    @Test
    void valuesBehindTheLengthDoNotMatter() {
        float[] values = {1, -0f, Float.MIN_VALUE, Float.NaN};

        assertThat(check.passes(values, 3)).isTrue();
        assertThat(check.passes(values, 0)).isTrue();
    }
}
