package dev.convoke.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.chaos.NightLog.Line;
import java.util.List;

/** What each kind of night must come to. */
final class NightClaims {

    /** Of 300 photographs a tenth is more than the luck of the draw between two models as good as each other. */
    private static final double AUDIT_TOLERANCE = 0.1;

    private NightClaims() {}

    /** Checks all nights, the first one first. */
    static void check(List<Line> lines) {
        for (int i = 0; i < lines.size(); i++) {
            if (i == 0) {
                checkFirst(lines.get(0));
            } else {
                check(lines.get(i - 1), lines.get(i));
            }
        }
    }

    private static void checkFirst(Line night) {
        assertThat(night.codes()).as("the first night").containsExactly(0);
        assertThat(night.outcome()).isEqualTo("promoted");
        assertThat(night.champion()).isEqualTo("v000001");
        assertThat(night.revision()).isEqualTo(1);
    }

    private static void check(Line before, Line night) {
        String name = "night " + night.night() + " (" + night.what() + ")";
        assertThat(night.torn()).as("torn reads in %s", name).isZero();
        // The rule promotes only what is better on the held-out split: its tolerance is nothing.
        assertThat(night.heldOut()).as("held-out accuracy after %s", name).isGreaterThanOrEqualTo(before.heldOut());
        assertThat(night.audit())
                .as("accuracy on photographs no night sees, after %s", name)
                .isGreaterThanOrEqualTo(before.audit() - AUDIT_TOLERANCE);
        assertThat(night.outcome()).as("outcome of %s", name).isIn("promoted", "kept");
        assertThat(night.champion().equals(before.champion()))
                .as("%s serves what it served, and only then says kept", name)
                .isEqualTo(night.outcome().equals("kept"));
        checkCodes(name, night);
        checkImages(name, before, night);
    }

    private static void checkCodes(String name, Line night) {
        List<Integer> codes = night.codes();
        switch (night.what()) {
            case "crash" -> {
                assertThat(codes)
                        .as("exit codes of %s", name)
                        .hasSizeGreaterThan(1)
                        .endsWith(0);
                assertThat(codes.subList(0, codes.size() - 1))
                        .as("kills of %s", name)
                        .contains(137);
                assertThat(codes).as("exit codes of %s", name).isSubsetOf(137, 0);
            }
            case "double start" -> {
                assertThat(codes).as("exit codes of %s", name).hasSize(3).endsWith(0);
                assertThat(codes.subList(0, 2)).as("two at once in %s", name).containsExactlyInAnyOrder(0, 6);
            }
            case "corrupt upload" ->
                assertThat(codes).as("exit codes of %s", name).containsExactly(3, 0);
            default -> assertThat(codes).as("exit codes of %s", name).containsExactly(0);
        }
    }

    /** Every night's images come in once: killed, started twice or failed in between. */
    private static void checkImages(String name, Line before, Line night) {
        boolean takesNone = night.what().equals("bad labels") || night.what().equals("empty");
        assertThat(night.revision())
                .as("revision after %s", name)
                .isEqualTo(takesNone ? before.revision() : before.revision() + 1);
        if (takesNone) {
            assertThat(night.trainingImages())
                    .as("training images after %s", name)
                    .isEqualTo(before.trainingImages());
        } else {
            assertThat(night.trainingImages())
                    .as("training images after %s", name)
                    .isGreaterThan(before.trainingImages());
        }
        switch (night.what()) {
            case "bad labels" -> assertThat(night.message()).as(name).startsWith("the new images were held back");
            case "empty" -> assertThat(night.message()).as(name).isEqualTo("nothing new to train on");
            case "accuracy falls" -> {
                assertThat(night.outcome()).as(name).isEqualTo("kept");
                assertThat(night.message()).as(name).contains("gain -");
            }
            default -> assertThat(night.message()).as(name).contains("gain ");
        }
    }
}
