package dev.convoke.metrics;

import java.io.IOException;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The memory that a process holds.
 *
 * @param heapBytes objects on its Java heap, garbage not yet collected included; {@link #UNKNOWN_BYTES} if nobody knows
 * @param residentBytes all of it that lies in the machine's memory, on its heap and outside; {@link #UNKNOWN_BYTES} if
 *     nobody knows
 */
public record ProcessMemory(long heapBytes, long residentBytes) implements Serializable {

    /** What stands for bytes that nobody has counted. */
    public static final long UNKNOWN_BYTES = -1;

    /** Of a process that does not tell. */
    public static final ProcessMemory UNKNOWN = new ProcessMemory(UNKNOWN_BYTES, UNKNOWN_BYTES);

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";

    /** Returns that of this process; what is resident is known on Linux only. */
    public static ProcessMemory here() {
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        return new ProcessMemory(heap, resident(STATUS));
    }

    /** Returns the larger of each. */
    public ProcessMemory max(ProcessMemory other) {
        return new ProcessMemory(Math.max(heapBytes, other.heapBytes), Math.max(residentBytes, other.residentBytes));
    }

    /** Returns what a status file of the kernel says, such as {@code VmRSS: 123456 kB}. */
    static long resident(Path status) {
        try {
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith(RESIDENT))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(UNKNOWN_BYTES);
        } catch (IOException notLinux) {
            return UNKNOWN_BYTES;
        }
    }
}
