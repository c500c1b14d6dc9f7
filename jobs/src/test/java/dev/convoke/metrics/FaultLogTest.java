package dev.convoke.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.metrics.FaultLog.Fault;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FaultLogTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");

    @Test
    void faultsAreReadBackOldestFirstEvenOfTheSameMillisecond() {
        FaultLog log = new FaultLog(store, run);
        Fault later = new Fault(Instant.ofEpochMilli(2000), "state lost", 7, "went back");
        Fault first = new Fault(Instant.ofEpochMilli(1000), "executor lost", 3, "executor 1: killed");
        Fault second = new Fault(Instant.ofEpochMilli(1000), "executor lost", 3, "executor 2: killed");
        log.write(later);
        log.write(first);
        log.write(second);

        assertThat(log.readAll()).containsExactly(first, second, later);
    }

    @Test
    void aLongReasonWithLineBreaksBecomesOneLine() {
        FaultLog log = new FaultLog(store, run);
        log.write(new Fault(Instant.EPOCH, "executor lost", 1, "Remote RPC\n  client " + "x".repeat(1000)));

        assertThat(log.readAll().get(0).detail()).hasSize(500).startsWith("Remote RPC client xxx");
    }
}
