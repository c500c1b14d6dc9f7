package dev.convoke.bench.checkpoint;

import dev.convoke.bench.BenchOptions;
import dev.convoke.bench.BenchReport;
import dev.convoke.bench.Contender;
import dev.convoke.bench.Figure;
import dev.convoke.bench.Interleaved;
import dev.convoke.bench.Interleaved.Outcome;
import dev.convoke.bench.NetworkKit;
import dev.convoke.bench.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Saving and restoring the state of a network with momentum: ours, DL4J's, and the bare disk, in turn; then rounds of
 * training with a checkpoint beside every second one.
 */
@Command(
        name = "checkpoint",
        description = {
            "Saving and restoring a network's state, beside DL4J's ModelSerializer and the bare disk;",
            "then what a checkpoint a round costs training. Two states and a half must fit the heap."
        },
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
public final class CheckpointBench implements Callable<Integer> {

    private static final String STORE = "store";
    private static final String ROUNDS = "rounds";

    /** Between two averages, and so between two checkpoints, in the recipes. */
    private static final int RECIPE_MINIBATCHES = 16;

    @Mixin
    private BenchOptions options;

    @Option(names = "--network", defaultValue = "vgg16", description = "Whose state (default: ${DEFAULT-VALUE}).")
    private String network;

    @Option(
            names = "--folder",
            defaultValue = "checkpoint-bench",
            description = "Where to write, on the disk to be measured; must not be there, and is deleted afterwards"
                    + " (default: ${DEFAULT-VALUE}).")
    private Path folder;

    @Option(
            names = "--batch",
            defaultValue = "16",
            description = "Images of a minibatch of the rounds that are trained (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--minibatches",
            defaultValue = "4",
            description =
                    "Minibatches of a round, enough to last longer than a save: the shorter the round, the plainer"
                            + " what the checkpoint adds (default: ${DEFAULT-VALUE}).")
    private int minibatches;

    @Option(names = "--only", description = "One half of it: " + STORE + " or " + ROUNDS + ".")
    private String only = "";

    /** Made by picocli. */
    public CheckpointBench() {}

    @Override
    public Integer call() throws IOException {
        BenchReport report = options.report();
        NetworkKit kit = NetworkKit.ofOneRound(network, batch, minibatches);
        if (!List.of("", STORE, ROUNDS).contains(only)) {
            throw new IllegalArgumentException("--only " + only + ": there are " + STORE + " and " + ROUNDS);
        }
        if (Files.exists(folder)) {
            throw new IllegalArgumentException(
                    "--folder " + folder
                            + ": it is there already, perhaps from a measurement that was interrupted; delete it or name another");
        }
        if (!only.equals(ROUNDS)) {
            store(report, kit.job().configuration());
        }
        if (!only.equals(STORE)) {
            train(report, kit);
        }
        report.printTable();
        Files.delete(folder);
        return 0;
    }

    private void store(BenchReport report, ComputationGraphConfiguration configuration) throws IOException {
        Interleaved turns = new Interleaved(1, options.repetitions());
        try (StoredState convoke = new StoredState(folder.resolve("convoke"), configuration);
                Dl4jModel dl4j = new Dl4jModel(folder.resolve("dl4j"), configuration);
                BareDisk disk = new BareDisk(folder.resolve("disk"), convoke.bytes())) {
            Map<String, Outcome> writing = turns.measure(List.<Contender>of(
                    contender("convoke save", () -> rate(convoke, convoke::save)),
                    contender("dl4j save", () -> rate(convoke, dl4j::save)),
                    contender("disk write", () -> rate(convoke, disk::write))));
            addAll(report, writing, "disk write");
            Map<String, Outcome> reading = turns.measure(List.<Contender>of(
                    contender("convoke restore", () -> {
                        convoke.forgetCached();
                        return rate(convoke, convoke::restore);
                    }),
                    contender("dl4j restore", () -> {
                        dl4j.forgetCached();
                        return rate(convoke, dl4j::restore);
                    }),
                    contender("disk read", () -> {
                        disk.forgetCached();
                        return rate(convoke, disk::read);
                    })));
            addAll(report, reading, "disk read");
            Map<String, Outcome> stall = turns.measure(List.<Contender>of(
                    contender("stall for a checkpoint beside a round", convoke::stallMillis),
                    contender("memory copy of the state", convoke::copyMillis)));
            add(report, "stall for a checkpoint beside a round", "ms", stall, "memory copy of the state");
            Map<String, Outcome> processor =
                    turns.measure(List.of(contender("processor time of a save", convoke::saveProcessorSeconds)));
            add(report, "processor time of a save", "s", processor, "");
        }
    }

    /** Compares each round with the one before it, which had no checkpoint beside it. */
    private void train(BenchReport report, NetworkKit kit) throws IOException {
        List<TrainedRounds.Cost> alone = new ArrayList<>();
        List<TrainedRounds.Cost> beside = new ArrayList<>();
        try (TrainedRounds rounds = new TrainedRounds(folder.resolve("rounds"), kit)) {
            rounds.alone();
            rounds.besideCheckpoint();
            for (int turn = 0; turn < options.repetitions(); turn++) {
                alone.add(rounds.alone());
                beside.add(rounds.besideCheckpoint());
            }
        }
        report.add(Row.builder()
                .label("case", "round with a checkpoint beside it")
                .label("unit", "ms")
                .figure("rate", figure(beside, TrainedRounds.Cost::millis))
                .label("reference_case", "round of " + minibatches + " minibatches of " + batch + " alone")
                .further("reference", figure(alone, TrainedRounds.Cost::millis))
                .further("ratio", ratio(beside, alone, TrainedRounds.Cost::millis))
                .further("processor_ratio", ratio(beside, alone, TrainedRounds.Cost::processorSeconds))
                .further("processor_s", figure(alone, TrainedRounds.Cost::processorSeconds))
                .build());
        Figure added = Figure.of(IntStream.range(0, beside.size())
                .mapToObj(turn -> beside.get(turn).millis() - alone.get(turn).millis())
                .toList());
        double recipeRound = figure(alone, TrainedRounds.Cost::millis).median() * RECIPE_MINIBATCHES / minibatches;
        report.add(Row.builder()
                .label("case", "time that a checkpoint a round adds")
                .label("unit", "ms")
                .figure("rate", added)
                .label("reference_case", "round of " + RECIPE_MINIBATCHES + " minibatches of " + batch)
                .number("reference", recipeRound)
                .number("ratio", added.median() / recipeRound)
                .build());
    }

    private static Figure figure(List<TrainedRounds.Cost> costs, ToDoubleFunction<TrainedRounds.Cost> of) {
        return Figure.of(costs.stream().map(of::applyAsDouble).toList());
    }

    private static Figure ratio(
            List<TrainedRounds.Cost> costs,
            List<TrainedRounds.Cost> references,
            ToDoubleFunction<TrainedRounds.Cost> of) {
        return Figure.of(IntStream.range(0, costs.size())
                .mapToObj(turn -> of.applyAsDouble(costs.get(turn)) / of.applyAsDouble(references.get(turn)))
                .toList());
    }

    private interface Work {
        void run() throws IOException;
    }

    private interface Measure {
        double take() throws IOException;
    }

    private static Contender contender(String name, Measure measure) {
        return new Contender() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public double measure() throws IOException {
                return measure.take();
            }
        };
    }

    private static double rate(StoredState state, Work work) throws IOException {
        long started = System.nanoTime();
        work.run();
        return state.bytes() / 1e6 / ((System.nanoTime() - started) / 1e9);
    }

    private static void addAll(BenchReport report, Map<String, Outcome> outcomes, String reference) {
        outcomes.keySet().stream()
                .filter(name -> !name.equals(reference))
                .forEach(name -> add(report, name, "MB/s", outcomes, reference));
    }

    private static void add(
            BenchReport report, String name, String unit, Map<String, Outcome> outcomes, String reference) {
        @Nullable Outcome outcome = outcomes.get(name);
        @Nullable Outcome other = outcomes.get(reference);
        @Nullable Figure figure = outcome == null ? null : outcome.figure();
        @Nullable Figure against = other == null ? null : other.figure();
        Row.Builder row = Row.builder().label("case", name).label("unit", unit);
        if (figure == null) {
            report.add(row.label("error", outcome == null ? "not measured" : String.valueOf(outcome.error()))
                    .build());
            return;
        }
        row.figure("rate", figure);
        if (against != null) {
            row.label("reference_case", reference)
                    .number("reference", against.median())
                    .number("reference_min", against.min())
                    .number("reference_max", against.max())
                    .number("ratio", figure.median() / against.median());
        }
        report.add(row.build());
    }
}
