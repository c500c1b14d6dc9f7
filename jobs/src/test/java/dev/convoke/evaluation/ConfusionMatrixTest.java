package dev.convoke.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ConfusionMatrixTest {

    @Test
    void countsGiveThePrecisionAndRecallWorkedOutByHand() {
        // actual 0: 3 right, 1 taken for 1; actual 1: 2 right, 2 taken for 0; actual 2: never seen, never predicted
        ConfusionMatrix matrix = new ConfusionMatrix(3);
        matrix.add(0, 0, 3);
        matrix.add(0, 1);
        matrix.add(1, 1, 2);
        matrix.add(1, 0, 2);

        assertThat(matrix.examples()).isEqualTo(8);
        assertThat(matrix.correct()).isEqualTo(5);
        assertThat(matrix.support(0)).isEqualTo(4);
        assertThat(matrix.predictions(0)).isEqualTo(5);
        assertThat(matrix.precision(0)).isEqualTo(3 / 5.0);
        assertThat(matrix.recall(0)).isEqualTo(3 / 4.0);
        assertThat(matrix.precision(1)).isEqualTo(2 / 3.0);
        assertThat(matrix.recall(1)).isEqualTo(2 / 4.0);
    }

    @Test
    void aClassNeitherSeenNorPredictedHasNoPrecisionAndNoRecall() {
        ConfusionMatrix matrix = new ConfusionMatrix(2);
        matrix.add(0, 0);

        assertThat(matrix.precision(1)).isNaN();
        assertThat(matrix.recall(1)).isNaN();
    }

    @Test
    void mergingAddsEveryCount() {
        ConfusionMatrix left = new ConfusionMatrix(2);
        left.add(0, 1, 4);
        ConfusionMatrix right = new ConfusionMatrix(2);
        right.add(0, 1, 5);
        right.add(1, 0, 7);

        left.merge(right);

        assertThat(left.count(0, 1)).isEqualTo(9);
        assertThat(left.count(1, 0)).isEqualTo(7);
        assertThat(left.count(0, 0)).isZero();
    }

    @Test
    void aClassThatDoesNotExistIsRefused() {
        assertThatThrownBy(() -> new ConfusionMatrix(2).add(0, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("from 0 to 1, got 0 taken for 2");
    }

    @Test
    void matricesOfOtherSizesAreNotMerged() {
        assertThatThrownBy(() -> new ConfusionMatrix(2).merge(new ConfusionMatrix(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 and 3 classes");
    }
}
