package dev.convoke.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuarantineTest {

    private static final Location FILE = new Location("memory:/quarantine.jsonl");

    private final MemoryFileStore store = new MemoryFileStore();

    @Test
    void entriesSurviveWhateverTheirNames() throws IOException {
        List<Quarantine.Entry> entries = List.of(
                new Quarantine.Entry("a/b.jpg", "TRUNCATED", "after 3 bytes"),
                new Quarantine.Entry("a/\"line\nbreak\" \u0007 é 😀.jpg", "EMPTY", ""));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Quarantine.Entry entry : entries) {
            Quarantine.write(entry, bytes);
        }
        store.replace(FILE, bytes.toByteArray());

        List<Quarantine.Entry> read = new ArrayList<>();
        Quarantine.read(store, FILE, read::add);

        assertThat(read).isEqualTo(entries);
        assertThat(bytes.toString(StandardCharsets.UTF_8).lines()).hasSize(2);
    }

    @Test
    void aLineThatIsNoEntryIsRefused() {
        store.replace(FILE, "{\"path\":\"a\"}\n".getBytes(StandardCharsets.UTF_8));

        assertThatExceptionOfType(DamagedDatasetException.class)
                .isThrownBy(() -> Quarantine.read(store, FILE, entry -> {}))
                .withMessageContaining("memory:/quarantine.jsonl: field 'reason' is missing");
    }
}
