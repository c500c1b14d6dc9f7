package dev.convoke.bench.engine;

import dev.convoke.engine.Engine.Precision;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * One peer in a process of its own. It answers each line on its standard input with the nanoseconds one minibatch took
 * and the most memory the process ever had, in bytes; and, if it compiles, with the milliseconds that took.
 */
public final class PeerMain {

    private PeerMain() {}

    /** Serves one peer: its name, then the case. */
    public static void main(String[] arguments) throws IOException {
        PrintStream answers = System.out;
        // Libraries print what they like; answers must stay alone.
        System.setOut(System.err);
        Peer peer = open(arguments[0], PeerCase.parse(Arrays.asList(arguments).subList(1, arguments.length)));
        answers.println("ready");
        answers.flush();
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (requests.readLine() != null) {
            long before = System.nanoTime();
            peer.compute();
            String answer = (System.nanoTime() - before) + " " + peakBytes();
            OptionalLong compiled = peer.compileMilliseconds();
            answers.println(compiled.isPresent() ? answer + " " + compiled.getAsLong() : answer);
            answers.flush();
        }
        System.exit(0);
    }

    private static Peer open(String name, PeerCase peerCase) {
        return switch (name) {
            case "onednn", "dl4j" -> new ReplicaPeer(name, Precision.FLOAT32, peerCase);
            case "onednn-bfloat16" -> new ReplicaPeer("onednn", Precision.BFLOAT16, peerCase);
            case "dl4j-default" -> new ShippedDl4jPeer(peerCase);
            case "pytorch" -> new TorchPeer(peerCase);
            default -> throw new IllegalArgumentException("No engine '" + name + "' to compare");
        };
    }

    private static long peakBytes() throws IOException {
        List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
        return status.stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElse(0);
    }
}
