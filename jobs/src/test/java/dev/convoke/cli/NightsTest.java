package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.registry.retraining.NightFile;
import dev.convoke.registry.retraining.NightFile.Outcome;
import dev.convoke.registry.retraining.NightFile.Status;
import dev.convoke.registry.retraining.StepLog;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Which night has to be finished before another begins. */
class NightsTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location work = MemoryFileStore.root().child("work");
    private final Nights nights = new Nights(store, work);

    @Test
    void aNightThatWasCutShortIsFinishedFirst() {
        ended("monday", Status.SUCCEEDED, ExitCode.DONE);
        assertThat(nights.unfinished()).isEmpty();

        ended("tuesday", Status.FAILED, ExitCode.STORAGE);
        assertThat(nights.unfinished()).contains("tuesday");

        ended("tuesday", Status.STOPPED, ExitCode.STOPPED);
        assertThat(nights.unfinished()).contains("tuesday");
    }

    @Test
    void oneThatFailedOfItselfBeforeItTookImagesInIsNot() {
        did("monday", NightData.BEGIN, NightData.FIND);
        ended("monday", Status.FAILED, ExitCode.DATA);

        assertThat(nights.unfinished()).isEmpty();
    }

    @Test
    void noNightPassesByImagesThatWereTakenInAndNotExamined() {
        for (ExitCode code : new ExitCode[] {ExitCode.DEFECT, ExitCode.USAGE, ExitCode.DATA}) {
            did("monday", NightData.BEGIN, NightData.FIND, NightData.INGEST);
            ended("monday", Status.FAILED, code);

            assertThat(nights.unfinished()).as("after %s", code).contains("monday");
        }

        did("monday", NightData.EXAMINE);

        assertThat(nights.unfinished()).isEmpty();
    }

    @Test
    void whatWasTrainedIsJudgedAtASecondTryButNotForEver() {
        did("monday", NightData.INGEST, NightData.EXAMINE, NightTraining.TRAIN);
        ended("monday", Status.FAILED, ExitCode.DEFECT);
        assertThat(nights.unfinished()).contains("monday");

        did("monday", "6-second-try");

        assertThat(nights.unfinished()).isEmpty();
    }

    private void did(String night, String... steps) {
        StepLog log = new StepLog(store, nights.folder(night), Clock.systemUTC(), () -> {}, () -> {});
        for (String step : steps) {
            log.record(step, Instant.EPOCH, JsonFields.object());
        }
    }

    private void ended(String night, Status status, ExitCode code) {
        NightFile.write(
                store,
                nights.folder(night),
                new NightFile.Content(
                        night,
                        status,
                        OptionalInt.of(code.number()),
                        status == Status.SUCCEEDED ? Outcome.KEPT : Outcome.NONE,
                        "said",
                        1,
                        0,
                        "process 1",
                        1,
                        Instant.now(),
                        Optional.of(Instant.now())));
    }
}
