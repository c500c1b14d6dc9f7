package dev.convoke.registry.promotion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.registry.promotion.PromotionRule.Age;
import dev.convoke.registry.promotion.PromotionRule.Budget;
import dev.convoke.registry.promotion.PromotionRule.ClassFloor;
import dev.convoke.registry.promotion.PromotionRule.Contest;
import dev.convoke.registry.promotion.PromotionRule.Gain;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Pairs of models with known answers. */
class PromotionRuleTest {

    private static final Gain CLEAR = new Gain(0.01, Significance.MCNEMAR, 0.95);
    private static final ClassFloor FLOOR = new ClassFloor(0.1, 20);
    private static final Age NEVER = new Age(Double.POSITIVE_INFINITY, 0);

    /** Ten classes of 100; the champion gets 80 of each right. */
    private static Pairs champion(int wonOfEach, int lostOfEach) {
        Pairs pairs = new Pairs();
        for (int label = 0; label < 10; label++) {
            pairs.add(80 - lostOfEach, label, true, true)
                    .add(lostOfEach, label, true, false)
                    .add(wonOfEach, label, false, true)
                    .add(20 - wonOfEach, label, false, false);
        }
        return pairs;
    }

    @Test
    void aClearlyBetterChallengerIsPromoted() {
        Verdict verdict = judge(rule(CLEAR, FLOOR, NEVER, Budget.NONE), champion(5, 1));

        assertThat(verdict.promotes()).isTrue();
        assertThat(verdict.why()).contains("gain +0.0400 (50 won, 10 lost, p 0.0000)");
    }

    @Test
    void anEqualChallengerIsNot() {
        Verdict verdict = judge(rule(new Gain(0, Significance.NONE, 0.95), FLOOR, NEVER, Budget.NONE), champion(3, 3));

        assertThat(verdict.promotes()).isFalse();
        assertThat(verdict.why()).contains("gain +0.0000");
    }

    @Test
    void aGainBelowTheMinimumIsNotEnoughHoweverSure() {
        Verdict verdict =
                judge(rule(new Gain(0.05, Significance.MCNEMAR, 0.95), FLOOR, NEVER, Budget.NONE), champion(5, 1));

        assertThat(verdict.promotes()).isFalse();
        assertThat(verdict.why()).contains("+0.0400").contains("at least +0.0500");
    }

    @Test
    void aGainThatMayBeChanceIsNotEnoughHoweverLarge() {
        Pairs few = new Pairs().add(8, 0, true, true).add(4, 0, false, true).add(1, 0, true, false);

        Verdict verdict = judge(rule(CLEAR, FLOOR, NEVER, Budget.NONE), few);

        // 4 of 5: p = 6/32.
        assertThat(verdict.promotes()).isFalse();
        assertThat(verdict.why()).contains("p 0.1875), at least +0.0100 with p at most 0.0500");
    }

    @Test
    void aClassThatLosesTooMuchStopsAChallengerThatGainsElsewhere() {
        Pairs pairs = champion(6, 0).add(80, 10, true, true).add(20, 10, true, false);

        Verdict verdict = judge(rule(CLEAR, FLOOR, NEVER, Budget.NONE), pairs);

        assertThat(verdict.promotes()).isFalse();
        assertThat(verdict.why()).isEqualTo("class floor class 10 lost 0.2000 of its recall, at most 0.1000");
    }

    @Test
    void aClassWithTooFewExamplesToJudgeStopsNobody() {
        Pairs pairs = champion(6, 0).add(15, 10, true, true).add(4, 10, true, false);

        assertThat(judge(rule(CLEAR, FLOOR, NEVER, Budget.NONE), pairs).promotes())
                .isTrue();
    }

    @Test
    void anOldChampionGivesWayToOneThatIsNotWorse() {
        Age month = new Age(30, 0.005);
        PromotionRule rule = rule(CLEAR, FLOOR, month, Budget.NONE);

        assertThat(judge(rule, champion(3, 3).outcomes(), 29).promotes()).isFalse();
        assertThat(judge(rule, champion(3, 3).outcomes(), 31).promotes()).isTrue();
        assertThat(judge(rule, champion(1, 5).outcomes(), 31).promotes()).isFalse();
        assertThat(judge(rule, champion(3, 4).outcomes(), 31).why()).contains("the champion is 31.0 days old");
        assertThat(judge(rule, champion(3, 4).outcomes(), 31).promotes()).isFalse();
    }

    @Test
    void budgetsBindEverybodyTheFirstToo() {
        Budget small = new Budget(10, 2);
        PromotionRule rule = rule(CLEAR, FLOOR, NEVER, small);
        PairedOutcomes alone = champion(5, 1).outcomes();

        Verdict fits = rule.judge(new Contest(alone, Optional.empty(), 9_000_000, 1.5));
        Verdict large = rule.judge(new Contest(alone, Optional.empty(), 11_000_000, 1.5));
        Verdict slow = rule.judge(new Contest(alone, Optional.empty(), 9_000_000, 2.5));
        Verdict unmeasured = rule.judge(new Contest(alone, Optional.empty(), 9_000_000, Double.NaN));

        assertThat(fits.promotes()).isTrue();
        assertThat(fits.why()).isEqualTo("there is no champion yet");
        assertThat(large.why()).isEqualTo("size 11.0 MB, at most 10.0");
        assertThat(slow.why()).isEqualTo("latency 2.500 ms an example, at most 2.000");
        assertThat(unmeasured.promotes()).isFalse();
    }

    @Test
    void theFirstModelMustBeGoodEnough() {
        PromotionRule rule = new PromotionRule(0.9, CLEAR, FLOOR, NEVER, Budget.NONE, false);

        Verdict verdict = rule.judge(new Contest(champion(5, 1).outcomes(), Optional.empty(), 1, 1));

        assertThat(verdict.promotes()).isFalse();
        assertThat(verdict.why()).isEqualTo("top-1 0.8400, at least 0.9000");
    }

    @Test
    void withoutExamplesNobodyIsPromoted() {
        Verdict verdict = PromotionRule.DEFAULT.judge(new Contest(new Pairs().outcomes(), Optional.empty(), 1, 1));

        assertThat(verdict.promotes()).isFalse();
        assertThat(verdict.why()).contains("held-out examples 0");
    }

    @Test
    void aDryRunTellsAndDoesNotPromote() {
        PromotionRule rule = new PromotionRule(0, CLEAR, FLOOR, NEVER, Budget.NONE, true);

        Verdict verdict = judge(rule, champion(5, 1));

        assertThat(verdict.passes()).isTrue();
        assertThat(verdict.promotes()).isFalse();
    }

    private static PromotionRule rule(Gain gain, ClassFloor floor, Age age, Budget budget) {
        return new PromotionRule(0, gain, floor, age, budget, false);
    }

    private static Verdict judge(PromotionRule rule, Pairs pairs) {
        return judge(rule, pairs.outcomes(), 5);
    }

    private static Verdict judge(PromotionRule rule, PairedOutcomes outcomes, int days) {
        return rule.judge(new Contest(outcomes, Optional.of(Duration.ofDays(days)), 1_000_000, 1));
    }
}
