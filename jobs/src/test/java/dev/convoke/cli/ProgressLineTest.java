package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressLineTest {

    private static final long SECOND = 1_000_000_000L;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final AtomicLong clock = new AtomicLong();

    @Test
    void rateAndTimeLeftFollowFromTheClock() {
        ProgressLine line = line(0);
        clock.set(20 * SECOND);

        line.update(100, 400, "loss 2.30");

        assertThat(text()).isEqualTo("training  25 % 100/400 images, 5/s, 1 m 00 s left, loss 2.30\n");
    }

    @Test
    void awayFromATerminalLinesAreTenSecondsApartButTheLastAlwaysComes() {
        ProgressLine line = line(0);

        for (int second = 1; second <= 25; second++) {
            clock.set(second * SECOND);
            line.update(second, 25, "");
        }

        assertThat(text().lines().map(printed -> printed.replaceAll("^(\\w+) .* (\\d+)/25.*", "$1$2")))
                .containsExactly("training1", "training11", "training21", "training25");
    }

    @Test
    void whileNobodyKnowsHowManyThereAreItCountsUp() {
        ProgressLine line = line(0);
        clock.set(2 * SECOND);

        line.update(3000, 0, "files found");

        assertThat(text()).isEqualTo("training 3,000 images, 1500/s, files found\n");
    }

    @Test
    void theLastLineComesOnce() {
        ProgressLine line = line(0);
        clock.set(SECOND);

        line.update(5, 5, "");
        line.update(5, 5, "");

        assertThat(text()).isEqualTo("training 100 % 5/5 images, 5/s, 0 s left\n");
    }

    @Test
    void onATerminalOneLineIsRewrittenAndShorterTextLeavesNoRest() {
        ProgressLine line = line(120);
        clock.set(SECOND);
        line.update(1, 2, "a long detail");
        clock.set(2 * SECOND);
        line.update(2, 2, "");
        line.finish();

        String[] printed = text().split("\r", -1);
        assertThat(printed).hasSize(3);
        assertThat(printed[1]).startsWith("training [##########----------]  50 % 1/2 images, 1/s, 1 s left, a long");
        assertThat(printed[2].stripTrailing())
                .isEqualTo("training [####################] 100 % 2/2 images, 1/s, 0 s left");
        assertThat(printed[2].replace("\n", "")).hasSameSizeAs(printed[1]);
    }

    @Test
    void aLineIsNeverWiderThanTheTerminal() {
        ProgressLine line = line(60);
        clock.set(SECOND);

        line.update(1, 2, "words and words and words and words and words");

        assertThat(text()).hasSize(1 + 59).startsWith("\rtraining [");
    }

    @Test
    void durationsReadAsPeopleSayThem() {
        assertThat(ProgressLine.duration(41.6)).isEqualTo("42 s");
        assertThat(ProgressLine.duration(185)).isEqualTo("3 m 05 s");
        assertThat(ProgressLine.duration(7800)).isEqualTo("2 h 10 m");
    }

    private ProgressLine line(int columns) {
        PrintStream errors = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Console.Builder console = new Console.Builder(Console.Mode.LINES, System.out, errors, clock::get);
        return (columns > 0 ? console.onTerminal(columns) : console).build().progress("training", "images");
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
