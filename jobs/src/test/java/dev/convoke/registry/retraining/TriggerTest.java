package dev.convoke.registry.retraining;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.registry.retraining.Trigger.Situation;
import java.util.List;
import org.junit.jupiter.api.Test;

class TriggerTest {

    private static final Trigger TRIGGER = new Trigger(100, 0.5, 0.4, 20, 30);

    @Test
    void withoutAModelItTrains() {
        assertThat(TRIGGER.decide(situation(List.of(), List.of(5L), -1)).why()).isEqualTo("there is no model yet");
    }

    @Test
    void nothingNewIsNothingToTrainOnHoweverOldTheChampion() {
        Trigger.Decision decision = TRIGGER.decide(situation(List.of(50L, 50L), List.of(50L, 50L), 1_000));

        assertThat(decision.trains()).isFalse();
        assertThat(decision.why()).isEqualTo("nothing new to train on");
    }

    @Test
    void enoughNewExamplesOrALargeShareOfThemTrain() {
        List<Long> seen = List.of(1_000L, 1_000L);

        assertThat(TRIGGER.decide(situation(seen, List.of(1_050L, 1_049L), 1)).trains())
                .isFalse();
        assertThat(TRIGGER.decide(situation(seen, List.of(1_050L, 1_050L), 1)).why())
                .isEqualTo("100 new examples, 100 are enough");
        assertThat(TRIGGER.decide(situation(List.of(10L, 10L), List.of(15L, 15L), 1))
                        .why())
                .isEqualTo("0.5000 new, a share of 0.5000 is enough");
    }

    @Test
    void whatComesInLittleByLittleAddsUpUntilItIsTrainedOn() {
        List<Long> lastTrained = List.of(1_000L, 1_000L);

        assertThat(TRIGGER.decide(situation(lastTrained, List.of(1_030L, 1_030L), 1))
                        .trains())
                .isFalse();
        assertThat(TRIGGER.decide(situation(lastTrained, List.of(1_060L, 1_060L), 1))
                        .trains())
                .isTrue();
    }

    @Test
    void aDriftingClassMixTrainsOnceThereIsEnoughOfIt() {
        // Seen half and half, new all of one class: half the sum of |0.5 - 1| and |0.5 - 0|.
        Situation drifting = situation(List.of(500L, 500L), List.of(520L, 500L), 1);
        Situation few = situation(List.of(500L, 500L), List.of(519L, 500L), 1);

        assertThat(drifting.drift()).isCloseTo(0.5, within(1e-12));
        assertThat(TRIGGER.decide(drifting).why()).contains("drifts by 0.5000, 0.4000 is enough");
        assertThat(TRIGGER.decide(few).trains()).isFalse();
    }

    @Test
    void aNewClassIsDrift() {
        Situation situation = situation(List.of(500L, 500L), List.of(500L, 500L, 30L), 1);

        assertThat(situation.drift()).isCloseTo(1, within(1e-12));
        assertThat(TRIGGER.decide(situation).trains()).isTrue();
    }

    @Test
    void anOldChampionIsReasonEnoughOnceThereIsAnythingNew() {
        assertThat(TRIGGER.decide(situation(List.of(500L), List.of(501L), 31)).why())
                .isEqualTo("the champion is 31.0 days old, more than 30.0");
        assertThat(TRIGGER.decide(situation(List.of(500L), List.of(501L), 29)).trains())
                .isFalse();
    }

    @Test
    void aPersonDecidesOverEverything() {
        Situation forced = new Situation(List.of(5L), List.of(5L), 1, true);

        assertThat(TRIGGER.decide(forced).trains()).isTrue();
    }

    private static Situation situation(List<Long> seen, List<Long> now, double championDays) {
        return new Situation(seen, now, championDays, false);
    }
}
