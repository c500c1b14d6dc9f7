package dev.convoke.bench.engine;

import dev.convoke.bench.BenchOptions;
import dev.convoke.bench.BenchReport;
import dev.convoke.bench.Figure;
import dev.convoke.bench.Interleaved;
import dev.convoke.bench.Interleaved.Outcome;
import dev.convoke.bench.Row;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.onednn.OnednnEngine;
import dev.convoke.engine.plan.GraphReader;
import dev.convoke.engine.plan.Plan;
import dev.convoke.models.ModelCatalog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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

    private static final String BFLOAT16 = "-bfloat16";

    private static final List<String> ALL = List.of(
            "onednn",
            "onednn-bfloat16",
            "dl4j",
            "dl4j-default",
            "pytorch",
            "pytorch-channels-last",
            "pytorch-bfloat16");

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(names = "--networks", split = ",", description = "Names from the catalog (default: all).")
    private List<String> networks = ModelCatalog.names();

    @Option(
            names = "--engines",
            split = ",",
            description = "Among onednn, onednn-bfloat16, dl4j, dl4j-default, pytorch, pytorch-channels-last and"
                    + " pytorch-bfloat16 (default: all, those in bfloat16 only where the CPU computes in it)."
                    + " Those that are PyTorch in Python are left out, with a word, where it is not installed.")
    private List<String> engines = List.of();

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
    public Integer call() throws IOException {
        BenchReport report = options.report();
        if (engines.isEmpty()) {
            engines = byDefault(OnednnEngine::requireCpu);
        }
        for (String network : networks) {
            ModelCatalog.find(network);
            for (String phase : phases) {
                int size = batch > 0 ? batch : BATCHES.getOrDefault(network, 4);
                measure(report, new PeerCase(network, pixels, size, phase.equals("train"), threads));
            }
        }
        report.printTable();
        return 0;
    }

    /**
     * Returns all engines, or, with a word, those in float32: in bfloat16 PyTorch computes on any CPU, and is no
     * measure of anything on one that does not.
     *
     * @param cpu throws for a precision that it does not compute in
     */
    static List<String> byDefault(Consumer<Precision> cpu) {
        try {
            cpu.accept(Precision.BFLOAT16);
            return ALL;
        } catch (EngineUnavailableException e) {
            LOG.warn("Engines in bfloat16 are left out: {}", e.getMessage());
            return ALL.stream().filter(engine -> !engine.endsWith(BFLOAT16)).toList();
        }
    }

    private void measure(BenchReport report, PeerCase peerCase) throws IOException {
        List<PeerProcess> peers = new ArrayList<>();
        try {
            peers.add(PeerProcess.fmaPeak(threads));
            for (String engine : engines) {
                try {
                    peers.add(PeerProcess.engine(engine, peerCase, python));
                } catch (IOException e) {
                    LOG.warn("Left out of {}: {}", peerCase.network(), e.getMessage());
                }
            }
            Map<String, Outcome> outcomes = new Interleaved(warmUps, options.repetitions()).measure(peers);
            report(report, peerCase, peers, outcomes);
        } finally {
            peers.forEach(PeerProcess::close);
        }
    }

    /** Adds a row for the CPU and one for each engine: measured in turn, since a CPU's clock changes. */
    private static void report(
            BenchReport report, PeerCase peerCase, List<PeerProcess> peers, Map<String, Outcome> outcomes)
            throws IOException {
        Outcome peak = outcomes.get(PeerProcess.FMA_PEAK);
        Figure gigaflops = peak == null ? null : peak.figure();
        if (peak == null || gigaflops == null) {
            throw new IOException("The peak of the CPU could not be measured: run from a checkout, on a JDK with"
                    + " jdk.incubator.vector");
        }
        report.add(Row.builder()
                .label("network", peerCase.network())
                .label("engine", PeerProcess.FMA_PEAK)
                .label("phase", peerCase.phase())
                .figure("gigaflops", gigaflops)
                .build());
        Plan plan = GraphReader.read(peerCase.configuration()).plan(peerCase.image());
        double gigaflopsOfAnImage = flopsOfAnImage(plan, peerCase.training()) / 1e9;
        double memoryBound = MemoryBound.ofTraining(plan, peerCase.batch());
        Outcome pytorch = betterPyTorch(outcomes);
        for (PeerProcess peer : peers) {
            Outcome outcome = outcomes.get(peer.name());
            if (peer.name().equals(PeerProcess.FMA_PEAK)
                    || outcome == null
                    || outcome.values().isEmpty()) {
                continue;
            }
            Row.Builder row = row(peerCase, peer, outcome);
            Figure imagesOfThePeak = outcome.times(peak);
            if (imagesOfThePeak != null) {
                row.number("fraction_of_peak", imagesOfThePeak.median() * gigaflopsOfAnImage);
            }
            if (peerCase.training()) {
                row.number("memory_bound_mb", memoryBound / 1e6);
            }
            Figure times = pytorch == null ? null : outcome.times(pytorch);
            if (times != null) {
                row.further("times_pytorch_float32", times);
            }
            report.add(row.build());
        }
    }

    private static Row.Builder row(PeerCase peerCase, PeerProcess peer, Outcome outcome) {
        Row.Builder row = Row.builder()
                .label("network", peerCase.network())
                .label("engine", peer.name().replace(BFLOAT16, ""))
                .label("precision", peer.name().endsWith(BFLOAT16) ? "bfloat16" : "float32")
                .label("phase", peerCase.phase())
                .number("batch", peerCase.batch())
                .figure("images_per_second", Figure.of(outcome.values()))
                .number("peak_mb", peer.peakBytes() / 1e6);
        peer.compileMilliseconds().ifPresent(compiled -> row.number("compile_ms", compiled));
        return row;
    }

    /** Returns the faster of the two that compute in float32, if one was measured. */
    private static @Nullable Outcome betterPyTorch(Map<String, Outcome> outcomes) {
        return Stream.of("pytorch", "pytorch-channels-last")
                .map(outcomes::get)
                .filter(outcome -> outcome != null && outcome.figure() != null)
                .max(Comparator.comparingDouble(EngineBench::median))
                .orElse(null);
    }

    private static double median(Outcome outcome) {
        Figure figure = outcome.figure();
        return figure == null ? 0 : figure.median();
    }

    /** Counts two operations a multiply-add: forward, and in training both gradients but the image's. */
    private static double flopsOfAnImage(Plan plan, boolean isTraining) {
        return plan.nodes().stream()
                .mapToDouble(node -> {
                    long passes = !isTraining ? 1 : plan.gradientPasses(node) + 1;
                    return 2.0 * plan.multiplyAdds(node) * passes;
                })
                .sum();
    }
}
