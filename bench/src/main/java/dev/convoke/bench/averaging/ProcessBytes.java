package dev.convoke.bench.averaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What processes read and wrote, as the kernel counts it: sockets, pipes and files alike, so nothing that a process
 * moves can be forgotten.
 *
 * @param read bytes since the process began
 * @param written bytes since the process began
 */
record ProcessBytes(long read, long written) {

    /** Returns the count of one process. */
    static ProcessBytes of(long pid) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc", String.valueOf(pid), "io"));
        return new ProcessBytes(value(lines, "rchar:"), value(lines, "wchar:"));
    }

    ProcessBytes minus(ProcessBytes before) {
        return new ProcessBytes(read - before.read, written - before.written);
    }

    long sum() {
        return read + written;
    }

    private static long value(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.substring(key.length()).strip()))
                .findFirst()
                .orElseThrow();
    }
}
