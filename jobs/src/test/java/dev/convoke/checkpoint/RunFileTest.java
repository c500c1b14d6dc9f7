package dev.convoke.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.checkpoint.RunFile.Content;
import dev.convoke.checkpoint.RunFile.Status;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.NewerFormatException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class RunFileTest {

    private static final Instant START = Instant.parse("2026-11-22T12:00:00Z");

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");
    private final RunFile file = new RunFile(store, run);

    @Test
    void itReadsBackWhatItWrote() {
        Content running =
                new Content(Status.RUNNING, OptionalInt.empty(), 3, "process 1 on a", 2, "", START, Optional.empty());
        Content failed = new Content(
                Status.FAILED, OptionalInt.of(5), 4, "process 1 on a", 2, "loss is NaN", START, Optional.of(START));

        assertThat(file.read()).isEmpty();
        file.write(running);
        assertThat(file.read()).contains(running);
        file.write(failed);
        assertThat(file.read()).contains(failed);
    }

    @Test
    void programsFindTheFieldsTheyRelyOn() {
        file.write(new Content(
                Status.SUCCEEDED, OptionalInt.of(0), 4, "process 1 on a", 2, "done", START, Optional.of(START)));

        assertThat(text())
                .contains("\"status\" : \"succeeded\"", "\"exit_code\" : 0", "\"round\" : 4", "\"message\" : \"done\"")
                .contains("\"owner\" : \"process 1 on a\"");
    }

    @Test
    void damageIsNamed() {
        store.replace(
                run.child("run.json"),
                "{\"format_version\": 1, \"status\": \"dreaming\"}".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(file::read)
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("memory:/run/run.json")
                .hasMessageContaining("DREAMING");

        store.replace(run.child("run.json"), "{\"format_version\": 9}".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(file::read)
                .isInstanceOf(NewerFormatException.class)
                .hasMessageContaining("format version 9");
    }

    private String text() {
        return new String(store.read(run.child("run.json"), 1 << 20), StandardCharsets.UTF_8);
    }
}
