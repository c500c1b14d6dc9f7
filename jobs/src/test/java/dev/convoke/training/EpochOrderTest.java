package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EpochOrderTest {

    @Test
    void anOrderHoldsEveryExampleOnceForAnyGroups() {
        Random random = new Random(11);
        for (int trial = 0; trial < 300; trial++) {
            List<Integer> sizes = new ArrayList<>();
            for (int group = 0; group <= random.nextInt(12); group++) {
                sizes.add(random.nextInt(30));
            }
            EpochOrder order = new EpochOrder(sizes, random.nextLong(), random.nextInt(90));

            assertThat(ordinals(order))
                    .as("trial " + trial)
                    .containsExactlyInAnyOrderElementsOf(java.util.stream.LongStream.range(0, order.examples())
                            .boxed()
                            .toList());
        }
    }

    @Test
    void anOrderIsAFunctionOfSeedAndEpochAndMovesWithBoth() {
        List<Integer> sizes = List.of(40, 1, 25, 60, 33);

        List<Long> order = ordinals(new EpochOrder(sizes, 3, 5));

        assertThat(ordinals(new EpochOrder(sizes, 3, 5))).isEqualTo(order);
        assertThat(ordinals(new EpochOrder(sizes, 3, 6))).isNotEqualTo(order);
        assertThat(ordinals(new EpochOrder(sizes, 4, 5))).isNotEqualTo(order);
    }

    @Test
    void aGroupIsUsedInOneStretchSoThatItIsReadOnce() {
        EpochOrder order = new EpochOrder(List.of(7, 0, 9, 4), 1, 0);

        List<Integer> turns = new ArrayList<>();
        for (long place = 0; place < order.examples(); place++) {
            turns.add(order.turnOf(place));
        }

        assertThat(turns).isSorted().hasSize(20);
        assertThat(turns.stream().distinct()).hasSize(3);
    }

    private static List<Long> ordinals(EpochOrder order) {
        List<Long> ordinals = new ArrayList<>();
        for (long place = 0; place < order.examples(); place++) {
            int turn = order.turnOf(place);
            int row = order.rows(turn)[(int) (place - order.firstPlace(turn))];
            ordinals.add(order.ordinal(turn, row));
        }
        return ordinals;
    }
}
