package dev.convoke.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessMemoryTest {

    @TempDir
    private Path folder;

    @Test
    void residentMemoryIsReadInKilobytes() throws IOException {
        Path status =
                Files.writeString(folder.resolve("status"), "VmPeak:\t 9000 kB\nVmRSS:\t  3072 kB\nThreads:\t4\n");

        assertThat(ProcessMemory.resident(status)).isEqualTo(3072L << 10);
    }

    @Test
    void whereTheKernelDoesNotTellItIsUnknown() throws IOException {
        Path silent = Files.writeString(folder.resolve("silent"), "Threads:\t4\n");

        assertThat(ProcessMemory.resident(silent)).isEqualTo(ProcessMemory.UNKNOWN_BYTES);
        assertThat(ProcessMemory.resident(folder.resolve("missing"))).isEqualTo(ProcessMemory.UNKNOWN_BYTES);
    }

    @Test
    void theMostIsTakenOfEachKindAndWhatIsUnknownGivesWay() {
        ProcessMemory known = new ProcessMemory(10, 300);

        assertThat(known.max(new ProcessMemory(20, 200))).isEqualTo(new ProcessMemory(20, 300));
        assertThat(ProcessMemory.UNKNOWN.max(known)).isEqualTo(known);
    }

    @Test
    void thisProcessHoldsItsHeap() {
        byte[] held = new byte[32 << 20];

        assertThat(ProcessMemory.here().heapBytes()).isGreaterThan(held.length);
    }
}
