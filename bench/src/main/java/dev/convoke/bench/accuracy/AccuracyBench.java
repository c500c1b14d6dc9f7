package dev.convoke.bench.accuracy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.bench.BenchOptions;
import dev.convoke.bench.BenchReport;
import dev.convoke.bench.CliProcess;
import dev.convoke.bench.Figure;
import dev.convoke.bench.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Accuracy by how a run is averaged: each case with each seed, all on as many examples, trained and evaluated by the
 * real program. The runs stay: the same command goes on where it was interrupted.
 */
@Command(
        name = "accuracy",
        description = "What training ends in, by how it is averaged: each case with each seed, on as many examples.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
public final class AccuracyBench implements Callable<Integer> {

    @Mixin
    private BenchOptions options;

    @Option(names = "--data", required = true, description = "The dataset, as 'shard' has made it.")
    private Path data;

    @Option(names = "--out", required = true, description = "Where the runs go, and stay.")
    private Path out;

    @Option(
            names = "--recipe",
            defaultValue = "conf/recipes/cifar10-alexnet.yaml",
            description = "What all cases have in common (default: ${DEFAULT-VALUE}).")
    private Path recipe;

    @Option(names = "--set", description = "A setting of all cases, such as epochs=10; may be repeated.")
    private List<String> common = List.of();

    @Option(
            names = "--case",
            description = "A name, a colon, and its settings with commas between them; may be repeated. The first is"
                    + " what the others are compared with.")
    private List<String> cases = List.of(
            "1-worker:workers=1",
            "4-workers:workers=4,averaging.frequency=16",
            "4-workers-nesterov:workers=4,averaging.frequency=16,averaging.outer_momentum=0.5");

    @Option(
            names = "--seeds",
            split = ",",
            defaultValue = "1,2,3",
            description = "One run of each case for each (default: ${DEFAULT-VALUE}).")
    private List<Integer> seeds;

    /** Made by picocli. */
    public AccuracyBench() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        BenchReport report = options.report();
        Files.createDirectories(out);
        List<Double> first = List.of();
        for (String one : cases) {
            String[] parts = one.split(":", 2);
            if (parts.length != 2) {
                throw new IllegalArgumentException("--case " + one + ": write NAME:SETTING,SETTING");
            }
            List<Double> points = new ArrayList<>();
            for (int seed : seeds) {
                points.add(100 * top1(parts[0] + "-seed-" + seed, List.of(parts[1].split(",")), seed));
            }
            first = first.isEmpty() ? points : first;
            report.add(Row.builder()
                    .label("case", parts[0])
                    .label("settings", parts[1])
                    .label("unit", "top-1, %")
                    .figure("rate", Figure.of(points))
                    .number("mean", mean(points))
                    .number("mean_less_first", mean(points) - mean(first))
                    .label("by_seed", points.toString())
                    .build());
        }
        report.printTable();
        return 0;
    }

    /** Trains unless that was done, and returns the share of the evaluated examples that are right at once. */
    private double top1(String name, List<String> settings, int seed) throws IOException, InterruptedException {
        Path run = out.resolve(name);
        List<String> arguments = new ArrayList<>(
                List.of("train", recipe.toString(), "--data", data.toString(), "--out", run.toString()));
        List<String> all = new ArrayList<>(common);
        all.addAll(settings);
        all.add("seed=" + seed);
        all.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        if (!status(run).equals("succeeded")) {
            CliProcess.run(out.resolve(name + ".log"), List.of(), arguments, pid -> {});
        }
        if (!status(run).equals("succeeded")) {
            throw new IllegalStateException(run + " ended as '" + status(run) + "'; look at its log");
        }
        try (var evaluations = Files.list(run.resolve("evaluations"))) {
            Path last = evaluations
                    .filter(file -> file.toString().endsWith(".json"))
                    .max(java.util.Comparator.comparing(Path::getFileName))
                    .orElseThrow(() -> new IllegalStateException(run + " was not evaluated"));
            return new ObjectMapper().readTree(last.toFile()).path("top1").asDouble();
        }
    }

    private static String status(Path run) throws IOException {
        Path file = run.resolve("run.json");
        return Files.exists(file)
                ? new ObjectMapper().readTree(file.toFile()).path("status").asText()
                : "not begun";
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }
}
