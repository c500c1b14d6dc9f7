package dev.convoke.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class FigureTest {

    @Test
    void theMedianIsTheMiddleOfAnOddNumberAndTheMeanOfTheTwoMiddleOnesOfAnEvenNumber() {
        assertThat(Figure.of(List.of(9.0, 1.0, 5.0))).isEqualTo(new Figure(5, 1, 9, 3));
        assertThat(Figure.of(List.of(9.0, 1.0, 5.0, 2.0))).isEqualTo(new Figure(3.5, 1, 9, 4));
    }

    @Test
    void noRepetitionAndNoNumberAreRefused() {
        assertThatThrownBy(() -> Figure.of(List.of())).hasMessageContaining("at least one repetition");
        assertThatThrownBy(() -> Figure.of(List.of(1.0, Double.NaN))).hasMessageContaining("NaN");
    }
}
