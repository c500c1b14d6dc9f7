package dev.convoke.bench.seeing;

import dev.convoke.bench.BenchOptions;
import dev.convoke.bench.BenchReport;
import dev.convoke.bench.Figure;
import dev.convoke.bench.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Trains for real with everything on that watches: console, metrics, TensorBoard with histograms, examples and graph,
 * the metrics plugin and somebody who scrapes it, an MLflow server, warnings, a trace, the report. Adds up what the run
 * says that watching has kept it waiting, and the processor time that watching has used beside the training.
 */
@Command(
        name = "seeing",
        description =
                "What watching costs: console, metrics, TensorBoard, Prometheus, MLflow, trace, report, by the runs'"
                        + " own account.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
public final class SeeingBench implements Callable<Integer> {

    @Mixin
    private BenchOptions options;

    @Option(
            names = "--photographs",
            defaultValue = "1400",
            description = "How many are generated to train on (default: ${DEFAULT-VALUE}).")
    private int photographs;

    @Option(
            names = "--epochs",
            defaultValue = "20",
            description = "Of each run (default: ${DEFAULT-VALUE}; 6 is what the quickstart's recipe has).")
    private int epochs;

    @Option(names = "--only", description = "Leaves out cases whose name does not begin so.")
    private String only = "";

    /** Made by picocli. */
    public SeeingBench() {}

    /**
     * A network that is watched.
     *
     * @param name of the case
     * @param settings of the quickstart's recipe
     */
    private record Case(String name, List<String> settings) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        BenchReport report = options.report();
        List<Case> cases = List.of(
                new Case("alexnet, 96 px", List.of()),
                new Case("resnet34, 64 px", List.of("architecture=resnet34", "input=64")));
        Path folder = Files.createTempDirectory("convoke-bench-seeing");
        try {
            WatchedRun runs = new WatchedRun(folder, photographs, epochs);
            for (Case one : cases) {
                if (!one.name().startsWith(only)) {
                    continue;
                }
                List<WatchedRun.Cost> costs = new ArrayList<>();
                for (int i = 0; i < options.repetitions(); i++) {
                    costs.add(runs.train(one.settings()));
                }
                report.add(Row.builder()
                        .label("case", "watching " + one.name())
                        .figure("rate", figure(costs, WatchedRun.Cost::watchingMillis))
                        .label("unit", "ms a round")
                        .number(
                                "reference",
                                figure(costs, WatchedRun.Cost::roundMillis).median())
                        .further("ratio", figure(costs, cost -> cost.watchingMillis() / cost.roundMillis()))
                        .further("in_rounds", figure(costs, WatchedRun.Cost::inRoundsMillis))
                        .further("behind", figure(costs, WatchedRun.Cost::behindMillis))
                        .further("scrapes", figure(costs, WatchedRun.Cost::scrapesMillis))
                        .build());
            }
        } finally {
            delete(folder);
        }
        report.printTable();
        return 0;
    }

    private static Figure figure(List<WatchedRun.Cost> costs, ToDoubleFunction<WatchedRun.Cost> part) {
        return Figure.of(costs.stream().map(part::applyAsDouble).toList());
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> inside = Files.walk(folder)) {
            for (Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
