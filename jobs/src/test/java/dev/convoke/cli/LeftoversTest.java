package dev.convoke.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What dead processes have left goes after a week; what may be at work, and everything with a name, stays. */
class LeftoversTest {

    private final LocalFileStore store = new LocalFileStore();

    @TempDir
    private Path folder;

    private Location registry;

    @BeforeEach
    void aRegistryWithLeftovers() {
        registry = Location.parse(folder.resolve("registry").toString());
        for (String file : List.of(
                ".tmp-copy/model/model.zip",
                "aliases/champion/.tmp-move",
                "aliases/champion/000001.json",
                "removed/.tmp-record",
                "removed/v000001.json",
                "versions/v000002/version.json")) {
            store.replace(registry.child(file), "content".getBytes(UTF_8));
        }
    }

    @Test
    void afterAWeekTemporaryThingsAreLeftOver() {
        Leftovers leftovers = new Leftovers(store, Instant.now().plus(Duration.ofDays(8)));

        List<Location> found = leftovers.ofRegistry(registry);

        assertThat(found).extracting(Location::name).containsExactlyInAnyOrder(".tmp-copy", ".tmp-move", ".tmp-record");
        found.forEach(leftovers::delete);
        found.forEach(leftovers::delete);
        assertThat(leftovers.ofRegistry(registry)).isEmpty();
        assertThat(store.list(registry))
                .extracting(entry -> entry.location().name())
                .containsExactly("aliases", "removed", "versions");
        assertThat(store.exists(registry.child("aliases/champion/000001.json"))).isTrue();
        assertThat(store.exists(registry.child("removed/v000001.json"))).isTrue();
    }

    @Test
    void whatMayBeAtWorkStays() {
        Leftovers leftovers = new Leftovers(store, Instant.now().plus(Duration.ofDays(6)));

        assertThat(leftovers.ofRegistry(registry)).isEmpty();
    }
}
