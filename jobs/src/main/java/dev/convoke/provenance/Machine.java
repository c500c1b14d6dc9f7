package dev.convoke.provenance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What a figure or a bit pattern depends on besides the program.
 *
 * @param operatingSystem name, version and architecture
 * @param processor its model, or {@code unknown}
 * @param cores the JVM may use
 * @param instructionSets those of its instruction sets that change arithmetic or speed, in the kernel's names
 * @param heapMegabytes the most the JVM may use
 * @param java version, vendor and virtual machine
 */
public record Machine(
        String operatingSystem,
        String processor,
        int cores,
        List<String> instructionSets,
        long heapMegabytes,
        String java) {

    private static final Set<String> OF_INTEREST = Set.of(
            "sse4_2",
            "avx",
            "avx2",
            "fma",
            "f16c",
            "avx512f",
            "avx512bw",
            "avx512dq",
            "avx512vl",
            "avx512_vnni",
            "avx512_bf16",
            "avx512_fp16",
            "amx_tile",
            "amx_bf16",
            "amx_int8",
            "sha_ni");

    /** Copies the list. */
    public Machine {
        instructionSets = List.copyOf(instructionSets);
    }

    /** Returns the machine this runs on. */
    public static Machine current() {
        List<String> lines = processorLines();
        return new Machine(
                property("os.name") + " " + property("os.version") + " " + property("os.arch"),
                value(lines, "model name"),
                Runtime.getRuntime().availableProcessors(),
                instructionSets(value(lines, "flags")),
                Runtime.getRuntime().maxMemory() >> 20,
                property("java.version") + " " + property("java.vendor") + " " + property("java.vm.name"));
    }

    static List<String> instructionSets(String flags) {
        return Arrays.stream(flags.split(" "))
                .filter(OF_INTEREST::contains)
                .distinct()
                .sorted()
                .toList();
    }

    private static String value(List<String> lines, String key) {
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).strip().equals(key)) {
                return line.substring(colon + 1).strip();
            }
        }
        return "unknown";
    }

    private static List<String> processorLines() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo"));
        } catch (IOException e) {
            // No Linux: the processor stays unknown.
            return new ArrayList<>();
        }
    }

    private static String property(String name) {
        return System.getProperty(name, "unknown");
    }
}
