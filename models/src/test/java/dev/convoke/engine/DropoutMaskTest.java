package dev.convoke.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class DropoutMaskTest {

    private static final int ELEMENTS = 1 << 20;

    @Test
    void keepsTheShareItWasTold() {
        for (double retain : new double[] {0.1, 0.5, 0.6, 0.999}) {
            // Five standard deviations of a binomial share.
            double tolerance = 5 * Math.sqrt(retain * (1 - retain) / ELEMENTS);
            assertThat(share(new DropoutMask(42, 0, retain))).isCloseTo(retain, within(tolerance));
        }
        assertThat(share(new DropoutMask(42, 0, 1))).isEqualTo(1);
    }

    @Test
    void keptElementsAreScaledSoThatTheExpectationStays() {
        DropoutMask mask = new DropoutMask(42, 0, 0.8);
        FloatBuffer factors = FloatBuffer.allocate(103).position(3);

        mask.fill(factors);

        for (int i = 0; i < 100; i++) {
            assertThat(factors.get(3 + i)).isEqualTo(mask.keeps(i) ? 1.25f : 0f);
        }
    }

    @Test
    void masksOfOtherStepsAndLayersAreIndependent() {
        DropoutMask mask = new DropoutMask(42, 0, 0.5);
        for (DropoutMask other : new DropoutMask[] {
            new DropoutMask(43, 0, 0.5), new DropoutMask(42, 1, 0.5), new DropoutMask(42L << 32, 0, 0.5)
        }) {
            int equal = 0;
            for (int i = 0; i < ELEMENTS; i++) {
                equal += mask.keeps(i) == other.keeps(i) ? 1 : 0;
            }
            assertThat((double) equal / ELEMENTS).isCloseTo(0.5, within(5 * 0.5 / Math.sqrt(ELEMENTS)));
        }
    }

    @Test
    void neighbouringElementsAreIndependent() {
        DropoutMask mask = new DropoutMask(42, 0, 0.5);
        for (int distance : new int[] {1, 2, 64, 4096}) {
            int equal = 0;
            for (int i = 0; i < ELEMENTS; i++) {
                equal += mask.keeps(i) == mask.keeps(i + distance) ? 1 : 0;
            }
            assertThat((double) equal / ELEMENTS).isCloseTo(0.5, within(5 * 0.5 / Math.sqrt(ELEMENTS)));
        }
    }

    @Test
    void theMasksNeverChange() {
        // A change of these bits would make every run with dropout unrepeatable by a newer version.
        StringBuilder bits = new StringBuilder();
        for (int i = 0; i < 64; i++) {
            bits.append(new DropoutMask(0x0123456789ABCDEFL, 1, 0.5).keeps(i) ? '1' : '0');
        }
        assertThat(bits).hasToString("1010110010100110100110110001100111101010001000000011110100001001");
    }

    @Test
    void anImpossibleShareIsRefused() {
        assertThatThrownBy(() -> new DropoutMask(1, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The share of activations kept must be in (0, 1], got 0.0");
    }

    private static double share(DropoutMask mask) {
        int kept = 0;
        for (int i = 0; i < ELEMENTS; i++) {
            kept += mask.keeps(i) ? 1 : 0;
        }
        return (double) kept / ELEMENTS;
    }
}
