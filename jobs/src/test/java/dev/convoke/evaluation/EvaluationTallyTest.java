package dev.convoke.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.data.Example;
import dev.convoke.evaluation.PredictedExample.Guess;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EvaluationTallyTest {

    @Test
    void figuresOfThreeExamplesAreThoseWorkedOutByHand() {
        EvaluationTally tally = new EvaluationTally(7);
        add(tally, 0, 0, 0.5f, 0.1f, 0.1f, 0.1f, 0.1f, 0.05f, 0.05f); // right at 1
        add(tally, 1, 3, 0.3f, 0.2f, 0.15f, 0.125f, 0.1f, 0.075f, 0.05f); // fourth: right at 5
        add(tally, 2, 6, 0.3f, 0.2f, 0.15f, 0.125f, 0.1f, 0.075f, 0.05f); // seventh: wrong

        assertThat(tally.examples()).isEqualTo(3);
        assertThat(tally.top1()).isEqualTo(1 / 3.0);
        assertThat(tally.top5()).isEqualTo(2 / 3.0);
        assertThat(tally.lossSum()).isCloseTo(-Math.log(0.5) - Math.log(0.125) - Math.log(0.05), within(1e-6));
        assertThat(tally.loss()).isCloseTo(tally.lossSum() / 3, within(1e-12));
        assertThat(tally.confusion().count(3, 0)).isEqualTo(1);
    }

    @Test
    void anUndecidedNetworkGetsOnlyTheFirstClassRight() {
        EvaluationTally tally = new EvaluationTally(10);
        for (int label = 0; label < 10; label++) {
            float[] even = new float[10];
            java.util.Arrays.fill(even, 0.1f);
            add(tally, label, label, even);
        }

        assertThat(tally.top1()).isEqualTo(0.1);
        assertThat(tally.top5()).isEqualTo(0.5);
    }

    @Test
    void withFiveClassesOrFewerEveryExampleIsRightAtFive() {
        EvaluationTally tally = new EvaluationTally(2);
        add(tally, 0, 1, 0.9f, 0.1f);

        assertThat(tally.top1()).isZero();
        assertThat(tally.top5()).isEqualTo(1);
    }

    @Test
    void partsThatTravelledMergeInAnyOrderToTheSameBytes() {
        List<EvaluationTally> parts = new ArrayList<>();
        Random random = new Random(7);
        EvaluationTally whole = new EvaluationTally(6);
        for (int part = 0; part < 40; part++) {
            EvaluationTally tally = new EvaluationTally(6);
            for (int row = 0; row < part; row++) {
                float[] probabilities = probabilities(random, 6);
                int label = random.nextInt(6);
                add(tally, part, row, label, probabilities);
                add(whole, part, row, label, probabilities);
            }
            parts.add(tally);
        }
        byte[] expected = json(whole);

        for (int attempt = 0; attempt < 20; attempt++) {
            Collections.shuffle(parts, random);
            EvaluationTally merged = new EvaluationTally(6);
            parts.forEach(part -> merged.merge(EvaluationTally.fromBytes(part.toBytes())));
            assertThat(json(merged)).as("attempt %d of seed 7", attempt).isEqualTo(expected);
            assertThat(merged.lossSum()).isEqualTo(whole.lossSum());
        }
        assertThat(whole.worst()).hasSize(EvaluationTally.WORST);
    }

    @Test
    void worstAreTheMistakesWithTheLargestLossAndBestTheSurestOfEachClass() {
        EvaluationTally tally = new EvaluationTally(2);
        add(tally, 0, 0, 0.6f, 0.4f);
        add(tally, 1, 0, 0.9f, 0.1f);
        add(tally, 2, 1, 0.8f, 0.2f);
        add(tally, 3, 1, 0.7f, 0.3f);
        add(tally, 4, 1, 0.2f, 0.8f);

        assertThat(tally.worst()).extracting(PredictedExample::row).containsExactly(2, 3);
        assertThat(tally.best()).extracting(PredictedExample::row).containsExactly(1, 4);
        assertThat(tally.best().get(0).guesses()).containsExactly(new Guess(0, 0.9f), new Guess(1, 0.1f));
    }

    @Test
    void guessesAreTheFiveLikeliestLowerClassesFirstWhenEqual() {
        EvaluationTally tally = new EvaluationTally(7);
        add(tally, 0, 2, 0.1f, 0.2f, 0.3f, 0.1f, 0.1f, 0.1f, 0.1f);

        assertThat(tally.best().get(0).guesses()).extracting(Guess::label).containsExactly(2, 1, 0, 3, 4);
    }

    @Test
    void nothingCountedGivesNoFigureAndChangesNothingWhenMerged() {
        EvaluationTally empty = new EvaluationTally(3);
        EvaluationTally tally = new EvaluationTally(3);
        add(tally, 0, 0, 0.5f, 0.25f, 0.25f);
        byte[] before = json(tally);

        tally.merge(empty);

        assertThat(empty.top1()).isNaN();
        assertThat(empty.loss()).isNaN();
        assertThat(json(tally)).isEqualTo(before);
    }

    @Test
    void aProbabilityOfZeroCostsALargeButFiniteLoss() {
        EvaluationTally tally = new EvaluationTally(2);
        add(tally, 0, 1, 1f, 0f);

        assertThat(tally.loss()).isCloseTo(-Math.log(Float.MIN_NORMAL), within(1e-6));
    }

    @Test
    void anAnswerThatIsNotANumberStopsTheEvaluation() {
        EvaluationTally tally = new EvaluationTally(2);

        assertThatThrownBy(() -> add(tally, 0, 1, 0.5f, Float.NaN))
                .isInstanceOf(EvaluationFailedException.class)
                .hasMessageContaining("row-0.jpg")
                .hasMessageContaining("NaN for class 1")
                .hasMessageContaining("diverged");
    }

    @Test
    void aLabelTheNetworkDoesNotKnowStopsTheEvaluation() {
        assertThatThrownBy(() -> add(new EvaluationTally(2), 0, 2, 0.5f, 0.5f))
                .isInstanceOf(EvaluationFailedException.class)
                .hasMessageContaining("label 2")
                .hasMessageContaining("2 classes");
    }

    private static byte[] json(EvaluationTally tally) {
        List<String> names = new ArrayList<>();
        for (int label = 0; label < tally.confusion().classes(); label++) {
            names.add("class-" + label);
        }
        return EvaluationReport.of(new Evaluated("test", 1, "s", "d"), names, tally)
                .toJson();
    }

    private static float[] probabilities(Random random, int classes) {
        float[] values = new float[classes];
        float sum = 0;
        for (int c = 0; c < classes; c++) {
            values[c] = random.nextFloat();
            sum += values[c];
        }
        for (int c = 0; c < classes; c++) {
            values[c] /= sum;
        }
        return values;
    }

    private static void add(EvaluationTally tally, int row, int label, float... probabilities) {
        add(tally, 0, row, label, probabilities);
    }

    private static void add(EvaluationTally tally, int group, int row, int label, float[] probabilities) {
        Example example = new Example("group-" + group + "/row-" + row + ".jpg", label, new byte[0]);
        tally.add(example, group, row, FloatBuffer.wrap(probabilities), 0);
    }
}
