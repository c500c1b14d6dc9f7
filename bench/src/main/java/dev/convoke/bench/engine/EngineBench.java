package dev.convoke.bench.engine;

import dev.convoke.bench.BenchOptions;
import dev.convoke.bench.BenchReport;
import dev.convoke.bench.Interleaved;
import dev.convoke.bench.Interleaved.Outcome;
import dev.convoke.bench.Row;
import dev.convoke.engine.plan.GraphReader;
import dev.convoke.engine.plan.Plan;
import dev.convoke.models.ModelCatalog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./convoke bench engine}: images a second of each engine and its peers on the same minibatches. */
@Command(
        name = "engine",
        description = "Training and prediction on each engine beside DL4J as shipped and PyTorch.",
        mixinStandardHelpOptions = true)
public final class EngineBench implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(EngineBench.class);

    /** What fits 24 GB with all peers of a network in memory at once. */
    private static final Map<String, Integer> BATCHES = Map.of(
            "alexnet", 16, "vgg16", 4, "inception-v1", 16, "inception-v1-notebook", 2, "resnet", 2, "resnet34", 8);

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(names = "--networks", split = ",", description = "Names from the catalog (default: all).")
    private List<String> networks = ModelCatalog.names();

    @Option(
            names = "--engines",
            split = ",",
            description =
                    "Among ${DEFAULT-VALUE}, onednn-bfloat16 and pytorch-bfloat16; those that are PyTorch in Python"
                            + " are left out, with a word, where it is not installed.")
    private List<String> engines = List.of("onednn", "dl4j", "dl4j-default", "pytorch", "pytorch-channels-last");

    @Option(names = "--python", description = "The interpreter that has PyTorch (default: ${DEFAULT-VALUE}).")
    private String python = "python3";

    @Option(names = "--phases", split = ",", description = "train, predict or both (default: ${DEFAULT-VALUE}).")
    private List<String> phases = List.of("train", "predict");

    @Option(names = "--batch", description = "Examples of a minibatch (default: what fits, by network).")
    private int batch;

    @Option(names = "--input", description = "Pixels of a side (default: ${DEFAULT-VALUE}).")
    private int pixels = 224;

    @Option(names = "--threads", description = "Threads of each engine (default: all cores).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--warm-ups", description = "Turns that do not count (default: ${DEFAULT-VALUE}).")
    private int warmUps = 2;

    @Override
    public Integer call() throws IOException, InterruptedException {
        BenchReport report = options.report();
        double peak = fmaPeak();
        report.add(Row.builder()
                .label("case", "fma-peak")
                .number("threads", threads)
                .number("gigaflops", peak)
                .build());
        for (String network : networks) {
            ModelCatalog.find(network);
            for (String phase : phases) {
                int size = batch > 0 ? batch : BATCHES.getOrDefault(network, 4);
                measure(report, new PeerCase(network, pixels, size, phase.equals("train"), threads), peak);
            }
        }
        report.printTable();
        return 0;
    }

    private void measure(BenchReport report, PeerCase peerCase, double peak) {
        List<PeerProcess> peers = new ArrayList<>();
        try {
            for (String engine : engines) {
                try {
                    peers.add(new PeerProcess(engine, peerCase, python));
                } catch (IOException e) {
                    LOG.warn("Left out of {}: {}", peerCase.network(), e.getMessage());
                }
            }
            Map<String, Outcome> outcomes = new Interleaved(warmUps, options.repetitions()).measure(peers);
            double flops = flopsOfAnImage(peerCase);
            for (PeerProcess peer : peers) {
                Outcome outcome = outcomes.get(peer.name());
                if (outcome != null && outcome.figure() != null) {
                    boolean isHalf = peer.name().endsWith("-bfloat16");
                    report.add(Row.builder()
                            .label("network", peerCase.network())
                            .label("engine", peer.name().replace("-bfloat16", ""))
                            .label("precision", isHalf ? "bfloat16" : "float32")
                            .label("phase", peerCase.training() ? "train" : "predict")
                            .number("batch", peerCase.batch())
                            .figure("images_per_second", outcome.figure())
                            .number("fraction_of_peak", outcome.figure().median() * flops / peak / 1e9)
                            .number("peak_mb", peer.peakBytes() / 1e6)
                            .build());
                }
            }
        } finally {
            peers.forEach(PeerProcess::close);
        }
    }

    /** Counts two operations a multiply-add: forward, and in training both gradients but the image's. */
    private static double flopsOfAnImage(PeerCase peerCase) {
        Plan plan = GraphReader.read(peerCase.configuration()).plan(peerCase.image());
        return plan.nodes().stream()
                .mapToDouble(node -> {
                    long passes = !peerCase.training() ? 1 : plan.gradientPasses(node) + 1;
                    return 2.0 * plan.multiplyAdds(node) * passes;
                })
                .sum();
    }

    private double fmaPeak() throws IOException, InterruptedException {
        Path source = Path.of(System.getProperty("convoke.home", "."), "bench", "src", "main", "peak", "FmaPeak.java");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules",
                        "jdk.incubator.vector",
                        source.toString(),
                        "" + threads)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IOException("The peak of the CPU could not be measured with " + source
                    + ": run from a checkout, on a JDK with jdk.incubator.vector");
        }
        return Double.parseDouble(printed);
    }
}
