package dev.convoke.bench.engine;

import dev.convoke.bench.Contender;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** A peer in a process of its own, so that no engine sees another's threads, libraries or memory. */
final class PeerProcess implements Contender, AutoCloseable {

    /** The name of what measures the CPU itself. */
    static final String FMA_PEAK = "fma-peak";

    private final String name;
    private final double unitsOfAnAnswer;
    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter requests;
    private long peakBytes;
    private OptionalLong compileMilliseconds = OptionalLong.empty();

    private PeerProcess(String name, List<String> command, int threads, double unitsOfAnAnswer) throws IOException {
        this.name = name;
        this.unitsOfAnAnswer = unitsOfAnAnswer;
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove("OMP_WAIT_POLICY");
        if (name.startsWith("onednn")) {
            // As every verb and every executor has it: threads that spin take the cores from the threads in Java.
            builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        }
        builder.environment().put("OMP_NUM_THREADS", "" + threads);
        File log = File.createTempFile("convoke-bench-" + name, ".log");
        log.deleteOnExit();
        this.process = builder.redirectError(log).start();
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.requests = process.outputWriter(StandardCharsets.UTF_8);
        if (!"ready".equals(answers.readLine())) {
            close();
            throw new IOException(name + " did not start: " + lastLines(log.toPath()));
        }
    }

    /**
     * Starts an engine and waits until it is ready. Its figure is images a second.
     *
     * @param python the interpreter for the peers that are PyTorch in Python
     */
    static PeerProcess engine(String name, PeerCase peerCase, String python) throws IOException {
        List<String> command = name.startsWith("pytorch-") ? inPython(name, peerCase, python) : inJava(name, peerCase);
        return new PeerProcess(name, command, peerCase.threads(), peerCase.batch());
    }

    /** Starts what measures the CPU's multiply-add units. Its figure is GFLOP/s over all threads. */
    static PeerProcess fmaPeak(int threads) throws IOException {
        Path source = home("peak", "FmaPeak.java");
        return new PeerProcess(
                FMA_PEAK,
                List.of(java(), "--add-modules", "jdk.incubator.vector", source.toString(), "" + threads),
                threads,
                1);
    }

    @Override
    public String name() {
        return name;
    }

    /** Asks for one measurement and returns its figure, so many a second. */
    @Override
    public double measure() throws IOException {
        requests.write("go\n");
        requests.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException(name + " ended: out of memory, or a defect of it");
        }
        long[] figures =
                Arrays.stream(answer.split(" ", -1)).mapToLong(Long::parseLong).toArray();
        peakBytes = figures[1];
        compileMilliseconds = figures.length > 2 ? OptionalLong.of(figures[2]) : OptionalLong.empty();
        return unitsOfAnAnswer / (figures[0] / 1e9);
    }

    /** Returns how long it took to compile what was measured, in milliseconds; empty if it was not compiled. */
    OptionalLong compileMilliseconds() {
        return compileMilliseconds;
    }

    /** Returns the most memory the process ever had. */
    long peakBytes() {
        return peakBytes;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static List<String> inPython(String name, PeerCase peerCase, String python) {
        return List.of(python, home("python", "torch_peer.py").toString(), name, PythonNetwork.json(peerCase));
    }

    private static List<String> inJava(String name, PeerCase peerCase) {
        String separator = File.pathSeparator;
        Path peers = Path.of(System.getProperty("convoke.home", "."), "bench", "target", "convoke", "peers");
        String ours = System.getProperty("java.class.path");
        List<String> command = new ArrayList<>(List.of(
                java(),
                "-Xmx2g",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dlog4j2.configurationFile=" + System.getProperty("log4j2.configurationFile", "")));
        if (name.equals("pytorch")) {
            // Without asking the network for a library it has on its class path.
            command.addAll(List.of("-Dai.djl.offline=true", "-Dai.djl.pytorch.num_threads=" + peerCase.threads()));
            ours = peers.resolve("pytorch") + File.separator + "*" + separator + ours;
        } else if (name.equals("dl4j-default")) {
            command.add("-Dorg.eclipse.deeplearning4j.helpers.disable=true");
            ours = peers.resolve("dl4j-default") + File.separator + "*" + separator + ours;
        }
        command.addAll(List.of("-cp", ours, PeerMain.class.getName(), name));
        command.addAll(peerCase.arguments());
        return command;
    }

    private static Path home(String folder, String file) {
        return Path.of(System.getProperty("convoke.home", "."), "bench", "src", "main", folder, file);
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static String lastLines(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join(" / ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    }
}
