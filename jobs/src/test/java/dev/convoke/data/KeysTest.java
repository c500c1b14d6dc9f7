package dev.convoke.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeysTest {

    @Test
    void mixingDependsOnEveryPartAndOnTheirOrder() {
        Set<Long> keys = new HashSet<>();
        for (long a = 0; a < 100; a++) {
            for (long b = 0; b < 100; b++) {
                keys.add(Keys.mix(a, b));
            }
            keys.add(Keys.mix(a));
            keys.add(Keys.mix(a, 0, 0));
        }

        assertThat(keys).hasSize(100 * 100 + 200);
    }

    @Test
    void theKeysOfOneVersionAreThoseOfEveryOther() {
        assertThat(Keys.mix(1, 2, 3)).isEqualTo(Keys.mix(1, 2, 3)).isEqualTo(MIXED_1_2_3);
        assertThat(Keys.of("train/cat/1.jpg")).isEqualTo(OF_PATH);
    }

    /** Computed once; a change of these would silently change every run that resumes and every split. */
    private static final long MIXED_1_2_3 = 8215239930199015987L;

    private static final long OF_PATH = -7025578484014044094L;

    @Test
    void flippingOneBitMovesAboutHalfOfTheOutput() {
        double moved = 0;
        for (int bit = 0; bit < 64; bit++) {
            for (int i = 0; i < 100; i++) {
                moved += Long.bitCount(Keys.mix(7, i) ^ Keys.mix(7, i ^ (1L << bit)));
            }
        }

        assertThat(moved / 6400).isCloseTo(32, within(0.3));
    }

    @Test
    void uniformNumbersFillTheirRangeEvenly() {
        int[] counts = new int[10];
        for (int i = 0; i < 100_000; i++) {
            counts[(int) (10 * Keys.uniform(Keys.mix(3, i)))]++;
        }

        assertThat(Arrays.stream(counts).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(9_600, 10_400));
    }

    @Test
    void numbersBelowABoundReachEachValueAlike() {
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) {
            counts[Keys.below(7, Keys.mix(11, i))]++;
        }

        assertThat(Arrays.stream(counts).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(9_600, 10_400));
    }

    @Test
    void normalNumbersHaveMeanZeroAndDeviationOne() {
        double[] values = IntStream.range(0, 100_000)
                .mapToDouble(i -> Keys.normal(Keys.mix(5, i)))
                .toArray();

        assertThat(Arrays.stream(values).average().orElseThrow()).isCloseTo(0, within(0.015));
        assertThat(Arrays.stream(values).map(v -> v * v).average().orElseThrow())
                .isCloseTo(1, within(0.02));
    }

    @Test
    void aPermutationHoldsEachNumberOnceAndFollowsItsKey() {
        for (int size : new int[] {0, 1, 2, 3, 10, 1000}) {
            for (long key = 0; key < 20; key++) {
                int[] order = Permutation.of(size, key);

                assertThat(Arrays.stream(order).sorted().toArray())
                        .isEqualTo(IntStream.range(0, size).toArray());
                assertThat(order).isEqualTo(Permutation.of(size, key));
            }
        }
        assertThat(Permutation.of(1000, 1)).isNotEqualTo(Permutation.of(1000, 2));
    }

    @Test
    void everyOrderOfThreeIsEquallyLikely() {
        int[] counts = new int[27];
        for (long key = 0; key < 60_000; key++) {
            int[] order = Permutation.of(3, Keys.mix(key));
            counts[order[0] * 9 + order[1] * 3 + order[2]]++;
        }

        assertThat(Arrays.stream(counts).filter(count -> count > 0).boxed())
                .hasSize(6)
                .allSatisfy(count -> assertThat(count).isBetween(9_600, 10_400));
    }
}
