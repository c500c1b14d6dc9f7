package dev.convoke.spark.rounds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.provenance.BuildInfo;
import dev.convoke.training.Averaging;
import dev.convoke.training.FakeKit;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RunPlan;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.TrainingSettings;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResidentsTest {

    private static final FakeKit KIT = new FakeKit(List.of(40, 40), SoftmaxReplica.Options.PLAIN);
    private static final RunPlan PLAN =
            new RunPlan(new TrainingSettings(23, 2, 4, 3, Averaging.every(1), LearningRate.constant(0.1), 0, 20), 80);

    @TempDir
    Path folder;

    private CountingKit kit;
    private Residents residents;

    @BeforeEach
    void open() {
        kit = new CountingKit(KIT, folder.toString());
        residents = new Residents(
                new RunContext("run", BuildInfo.current().toString(), kit, PLAN.settings(), PLAN.examples()));
    }

    @AfterEach
    void close() {
        residents.close();
    }

    @Test
    void aWorkersReaderServesRoundAfterRoundAlsoIfTheWorkerHadNothingToDoInOne() {
        train(0, 0);
        train(1, 0);
        train(0, 1);
        train(0, 2);
        train(1, 2);

        assertThat(kit.examplesOpened()).isEqualTo(2);
    }

    @Test
    void theReaderOfAWorkerThatMovedIsClosedWithItsThreads() {
        train(0, 0);
        train(1, 0);
        assertThat(threadsOfWorker(0)).isPositive();

        for (int round = 1; round <= 3; round++) {
            train(1, round);
        }

        Awaitility.await().untilAsserted(() -> assertThat(threadsOfWorker(0)).isZero());
        assertThat(threadsOfWorker(1)).isPositive();
        train(0, 4);
        assertThat(kit.examplesOpened()).isEqualTo(3);
    }

    @Test
    void readersFromBeforeTheRunWentBackAreClosed() {
        train(0, 20);
        train(1, 20);

        train(1, 4);

        Awaitility.await().untilAsserted(() -> assertThat(threadsOfWorker(0)).isZero());
    }

    private void train(int worker, int round) {
        try (Residents.Lease lease = residents.lease(PLAN.round(round), worker, 1)) {
            lease.loop().train(lease.replica(), PLAN.round(round));
            lease.markGood();
        }
    }

    private static long threadsOfWorker(int worker) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().endsWith("-of-worker-" + worker))
                .count();
    }
}
