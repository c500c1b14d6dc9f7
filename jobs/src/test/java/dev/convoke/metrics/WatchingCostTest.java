package dev.convoke.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.MemoryFileStore;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WatchingCostTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");

    @Test
    void whatEachProcessOfARunSpendsAddsUp() {
        assertThat(new WatchingCost(store, run).millis()).isZero();

        new WatchingCost(store, run).add(100);
        new WatchingCost(store, run).add(20.5);

        assertThat(new WatchingCost(store, run).millis()).isEqualTo(120.5);
    }

    @Test
    void aDamagedFileIsNamed() {
        store.replace(run.child("watching.json"), "{".getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> new WatchingCost(store, run).millis())
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("run/watching.json");
    }
}
