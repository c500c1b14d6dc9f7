package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.cli.Console.Mode;
import dev.convoke.metrics.ProcessMemory;
import dev.convoke.training.CheckpointTimes;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class TrainingWarningsTest {

    /** 2 workers, 20 rounds an epoch, 16 examples a round. */
    private static final RunPlan PLAN = Plans.of(2, 8, 320, 1);

    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    @Test
    void aHealthyRunIsNotWarnedOf() {
        train(round -> 2.0 / (1 + round), 90, 90, 5);

        assertThat(text()).isEmpty();
    }

    @Test
    void workersThatWaitAreToldWhatFeedsThemFasterOnce() {
        train(round -> 2.0 / (1 + round), 60, 60, 40);

        assertThat(text().lines()).singleElement().asString().contains("wait 40 %", "feed.decoders", "feed.cache_mb");
    }

    @Test
    void roundsThatMoveMoreThanTheyTrainAreToldToBeLonger() {
        train(round -> 2.0 / (1 + round), 20, 20, 0);

        assertThat(text().lines()).singleElement().asString().contains("80 % of a round", "averaging.frequency");
    }

    @Test
    void oneSlowWorkerIsNamed() {
        train(round -> 2.0 / (1 + round), 20, 95, 0);

        assertThat(text().lines()).singleElement().asString().contains("slowest worker, now 1", "1.7 times", "host");
    }

    @Test
    void aLossThatDoesNotFallInTheFirstEpochIsToldTheRemedies() {
        train(round -> 2.3 + 0.001 * round, 90, 90, 5);

        assertThat(text().lines()).singleElement().asString().contains("has not fallen", "optimizer.learning_rate");
    }

    @Test
    void checkpointsThatHoldUpAreToldToBeRarer() {
        TrainingWarnings warnings = warnings();
        warnings.started(PLAN, 100);
        for (int round = 0; round < 9; round++) {
            warnings.checkpointed(
                    new dev.convoke.checkpoint.Checkpoint(
                            dev.convoke.storage.MemoryFileStore.root(), HEADER, 1, List.of(), ""),
                    new CheckpointTimes(50, 90));
            warnings.roundDone(summary(round, 1, new double[] {90, 90}, 5));
        }

        assertThat(text().lines()).singleElement().asString().contains("checkpoint.every_rounds");
    }

    static final dev.convoke.checkpoint.CheckpointHeader HEADER = new dev.convoke.checkpoint.CheckpointHeader(
            1,
            0,
            16,
            new dev.convoke.checkpoint.RunIdentity(1, 2, 8, "every 1", "d", "a", "r"),
            new dev.convoke.engine.StateLayout(List.of(), 0, 0),
            List.of());

    /** Trains the first epoch; each round lasts 100 ms. */
    private void train(IntToDoubleFunction loss, double first, double second, double wait) {
        TrainingWarnings warnings = warnings();
        warnings.started(PLAN, 0);
        for (int round = 0; round < 20; round++) {
            warnings.roundDone(summary(round, loss.applyAsDouble(round), new double[] {first, second}, wait));
        }
    }

    private static RoundSummary summary(int round, double loss, double[] compute, double wait) {
        List<WorkerReport> workers = List.of(
                new WorkerReport(0, 8, 8 * loss, 4, compute[0], wait, 0, 0, 0, 0),
                new WorkerReport(1, 8, 8 * loss, 4, compute[1], wait, 0, 0, 0, 0));
        return new RoundSummary(
                PLAN.round(round), workers, 0, 0, ProcessMemory.UNKNOWN, Map.of(), 0.1, 16L * (round + 1), 100);
    }

    private TrainingWarnings warnings() {
        Console console = new Console.Builder(
                        Mode.LINES, System.out, new PrintStream(errors, true, StandardCharsets.UTF_8), System::nanoTime)
                .build();
        return new TrainingWarnings(console, console.progress("training", "images"));
    }

    private String text() {
        return errors.toString(StandardCharsets.UTF_8);
    }
}
