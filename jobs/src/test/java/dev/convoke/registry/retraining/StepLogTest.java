package dev.convoke.registry.retraining;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.StorageException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class StepLogTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location night = MemoryFileStore.root().child("night-000001");
    private final List<String> done = new ArrayList<>();

    @Test
    void aRecordedStepIsNotDoneAgain() {
        int first = step(log(), "train").integer("result");
        int second = step(log(), "train").integer("result");

        assertThat(first).isEqualTo(1);
        assertThat(second).isEqualTo(1);
        assertThat(done).containsExactly("train");
    }

    @Test
    void aForgottenStepIs() {
        step(log(), "judge");
        log().forget("judge");

        assertThat(step(log(), "judge").integer("result")).isEqualTo(2);
    }

    @Test
    void aStepThatFailedIsDoneAgain() {
        assertThatThrownBy(() -> log().once("train", () -> {
                    throw new StorageException("the disk is full", null);
                }))
                .isInstanceOf(StorageException.class)
                .hasMessage("the disk is full");

        assertThat(log().find("train")).isEmpty();
        assertThat(step(log(), "train").integer("result")).isEqualTo(1);
    }

    @Test
    void whoLostTheNightRecordsNothing() {
        StepLog late = new StepLog(store, night, Clock.systemUTC(), () -> {}, () -> {
            throw new IllegalStateException("not the owner any more");
        });

        assertThatThrownBy(() -> step(late, "promote"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("not the owner any more");

        assertThat(log().find("promote")).isEmpty();
    }

    @Test
    void aNightsFileIsReadBackAsItWasWritten() {
        NightFile.Content content = new NightFile.Content(
                "2026-11-25",
                NightFile.Status.SUCCEEDED,
                OptionalInt.of(0),
                NightFile.Outcome.PROMOTED,
                "gain +0.0400",
                7,
                7,
                "process 1",
                3,
                Instant.parse("2026-11-25T01:00:00Z"),
                Optional.of(Instant.parse("2026-11-25T02:00:00Z")));

        NightFile.write(store, night, content);

        assertThat(NightFile.read(store, night)).contains(content);
        assertThat(new String(store.read(night.child("run.json"), 10_000), UTF_8))
                .contains("\"outcome\" : \"promoted\"", "\"exit_code\" : 0", "\"status\" : \"succeeded\"");
        assertThat(NightFile.read(store, MemoryFileStore.root())).isEmpty();
    }

    private StepLog log() {
        return new StepLog(store, night, Clock.systemUTC(), () -> {}, () -> {});
    }

    private JsonFields step(StepLog log, String name) {
        return log.once(name, () -> {
            done.add(name);
            return JsonFields.object().put("result", done.size());
        });
    }
}
