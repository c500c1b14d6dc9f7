package dev.convoke.bench.gpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./convoke bench gpu-bundle}: a folder that checks and measures on a machine without Java and network. */
@Command(
        name = "gpu-bundle",
        description = "Makes a folder that runs 'bench gpu' where there is an NVIDIA GPU, and no Java and no network.",
        mixinStandardHelpOptions = true)
public final class GpuBundle implements Callable<Integer> {

    /** What the check, the measurement, Jackson and JavaCPP use. */
    private static final String MODULES = "java.base,java.logging,java.management,java.xml,jdk.unsupported";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Option(names = "--out", description = "The folder; replaced if it is a bundle (default: bench/target/gpu-bundle).")
    private Path out = Path.of(System.getProperty("convoke.home", "."), "bench", "target", "gpu-bundle");

    @Option(names = "--limit-mb", description = "A larger bundle is an error (default: ${DEFAULT-VALUE}).")
    private int limitMb = 60;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter console = spec.commandLine().getOut();
        clear();
        Files.createDirectories(out);
        BundleJars.copy(Files.createDirectory(out.resolve("lib")));
        copyPython();
        writeCommand();
        jlink();
        References.write(out);
        long bytes = size(out);
        console.printf(
                Locale.ROOT, "%s: %.1f MB; copy it to a machine with a GPU and run ./run there%n", out, bytes / 1e6);
        if (bytes > limitMb * 1_000_000L) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "The bundle %s has %.1f MB, more than %d: look for what is large with 'du -a', or raise --limit-mb",
                    out,
                    bytes / 1e6,
                    limitMb));
        }
        return 0;
    }

    /** Removes an older bundle, and nothing that is none. */
    private void clear() throws IOException {
        if (!Files.exists(out)) {
            return;
        }
        if (!Files.exists(out.resolve("run")) && size(out) > 0) {
            throw new IllegalArgumentException(
                    out + " exists and is no bundle: name another folder, or remove this one");
        }
        try (Stream<Path> files = Files.walk(out)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void copyPython() throws IOException {
        Path target = Files.createDirectory(out.resolve("python"));
        Path sources = Path.of(System.getProperty("convoke.home", "."), "bench", "src", "main", "python");
        try (Stream<Path> files = Files.list(sources)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".py")).toList()) {
                Files.copy(file, target.resolve(file.getFileName().toString()));
            }
        }
    }

    private void writeCommand() throws IOException {
        Path run = out.resolve("run");
        try (InputStream source = GpuBundle.class.getResourceAsStream("run")) {
            if (source == null) {
                throw new IllegalStateException("The resource 'run' is missing in this build: build it anew");
            }
            Files.copy(source, run);
        }
        Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void jlink() throws IOException, InterruptedException {
        Path jlink = Path.of(System.getProperty("java.home"), "bin", "jlink");
        if (!Files.isExecutable(jlink)) {
            throw new IllegalArgumentException(
                    "No jlink at " + jlink + ": set JAVA_HOME to a JDK 17 with its jmods, not to a run time");
        }
        List<String> command = List.of(
                jlink.toString(),
                "--add-modules",
                MODULES,
                "--strip-debug",
                "--no-header-files",
                "--no-man-pages",
                "--compress",
                "2",
                "--output",
                out.resolve("runtime").toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("jlink failed: " + printed.strip() + "; is JAVA_HOME a JDK with its jmods?");
        }
    }

    private static long size(Path folder) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
