package dev.convoke.evaluation.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointReader;
import dev.convoke.checkpoint.RunFile;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.data.Example;
import dev.convoke.data.UndecodableImageException;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.PredictedExample;
import dev.convoke.evaluation.report.ReportInput.Fact;
import dev.convoke.evaluation.report.ReportInput.Happening;
import dev.convoke.evaluation.report.ReportInput.Picture;
import dev.convoke.evaluation.report.ReportInput.RoundPoint;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.shard.DamagedDatasetException;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.NewerFormatException;
import dev.convoke.storage.NotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads what a report shows from the files of a run. What is not there or damaged becomes a sentence. */
final class RunReader {

    private static final int LARGEST_TEXT = 1 << 20;
    private static final int MOST_PICTURES = 12;

    private final FileStore store;
    private final Location run;
    private final List<String> missing = new ArrayList<>();

    RunReader(FileStore store, Location run) {
        this.store = store;
        this.run = run;
    }

    /** Adds a sentence to what is missing. */
    RunReader saying(String sentence) {
        missing.add(sentence);
        return this;
    }

    ReportInput read(@Nullable ShardedDataset dataset) {
        String recipe = text("recipe.yaml");
        @Nullable String name = RecipeText.settings(recipe).get("name");
        List<RoundMetrics> rounds = orMissing(List.of(), () -> new MetricLog(store, run).readAll());
        if (rounds.isEmpty()) {
            missing.add("There are no metrics, so no curves: the run has not finished a round.");
        }
        List<EvaluationReport> evaluations = evaluations();
        if (evaluations.isEmpty()) {
            missing.add("There are no evaluations: run convoke evaluate --run " + run + ".");
        }
        List<EvaluationReport> onTheWay = orMissing(List.of(), () -> EvaluationReport.readOnTheWay(store, run));
        Optional<Checkpoint> newest = orMissing(Optional.empty(), () -> new CheckpointReader(store, run).glance());
        return new ReportInput(
                name == null ? run.name() : name,
                status(),
                recipe,
                provenance(),
                rounds.stream().map(RunReader::point).toList(),
                evaluations,
                validations(evaluations, onTheWay),
                pictures(evaluations, dataset),
                newest.flatMap(checkpoint -> orMissing(Optional.empty(), () -> FilterReader.read(store, checkpoint)))
                        .orElse(null),
                this.<Optional<List<Happening>>>orMissing(
                                Optional.empty(), () -> Optional.of(FaultReader.read(store, run, newest)))
                        .orElse(null),
                missing);
    }

    RunOverview overview(int most) {
        Map<String, String> provenance = new TreeMap<>();
        provenance().forEach(fact -> provenance.put(fact.name(), fact.value()));
        List<EvaluationReport> evaluations = evaluations();
        List<EvaluationReport> onTheWay = orMissing(List.of(), () -> EvaluationReport.readOnTheWay(store, run));
        return new RunOverview(
                run,
                RecipeText.settings(text("recipe.yaml")),
                state(),
                orMissing(false, () -> RunOwnership.wasKilled(store, run)),
                orMissing(List.of(), () -> new MetricLog(store, run).readSome(most)),
                evaluations,
                validations(evaluations, onTheWay),
                provenance,
                missing);
    }

    private Optional<RunFile.Content> state() {
        return orMissing(Optional.empty(), () -> new RunFile(store, run).read());
    }

    /** Returns the figures of the split that was looked at most often, the final ones last. */
    private static List<EvaluationReport> validations(
            List<EvaluationReport> evaluations, List<EvaluationReport> onTheWay) {
        if (onTheWay.isEmpty()) {
            return List.of();
        }
        String split = onTheWay.get(0).evaluated().split();
        List<EvaluationReport> all = new ArrayList<>(onTheWay);
        all.addAll(evaluations);
        Map<Integer, EvaluationReport> byRound = new TreeMap<>();
        for (EvaluationReport one : all) {
            if (one.evaluated().split().equals(split)) {
                byRound.put(one.evaluated().rounds(), one);
            }
        }
        return List.copyOf(byRound.values());
    }

    private List<EvaluationReport> evaluations() {
        List<EvaluationReport> found = new ArrayList<>();
        for (Split split : Split.values()) {
            String name = split.folder();
            if (store.exists(run.child(EvaluationReport.FOLDER + "/" + name + ".json"))) {
                found.addAll(orMissing(List.of(), () -> List.of(EvaluationReport.read(store, run, name))));
            }
        }
        found.sort(Comparator.comparingInt(RunReader::weight));
        return found;
    }

    private static String seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Returns a split's place: the test tells more than what settings were chosen by. */
    private static int weight(EvaluationReport report) {
        return switch (report.evaluated().split()) {
            case "test" -> 0;
            case "validation" -> 1;
            default -> 2;
        };
    }

    private static RoundPoint point(RoundMetrics metrics) {
        Map<String, Double> phaseMillis = phases(metrics);
        double phases = phaseMillis.values().stream()
                .filter(Double::isFinite)
                .mapToDouble(Double::doubleValue)
                .sum();
        double rate = metrics.imagesPerSecond();
        return new RoundPoint(
                metrics.round() - 1,
                metrics.epoch(),
                metrics.examples(),
                metrics.loss(),
                metrics.accuracy(),
                metrics.learningRate(),
                metrics.divergence(),
                rate > 0 ? metrics.examples() / rate * 1000 : phases,
                phaseMillis,
                metrics.workers().stream().map(RunReader::rate).toList());
    }

    /** Returns the phases that add up; the first runs had the whole round among them. */
    private static Map<String, Double> phases(RoundMetrics metrics) {
        Map<String, Double> phases = new TreeMap<>(metrics.phaseMillis());
        Double whole = phases.size() > 1 ? phases.remove("round") : null;
        if (whole != null) {
            double known =
                    phases.values().stream().mapToDouble(Double::doubleValue).sum();
            phases.put("other", Math.max(0, whole - known));
        }
        return phases;
    }

    private static double rate(WorkerRow worker) {
        return worker.examples() / (worker.computeMillis() + worker.waitMillis()) * 1000;
    }

    private List<Fact> status() {
        List<Fact> facts = new ArrayList<>();
        state().ifPresent(content -> {
            facts.add(new Fact("status", content.status().name().toLowerCase(Locale.ROOT)));
            facts.add(new Fact("rounds", String.valueOf(content.round())));
            facts.add(new Fact("started", seconds(content.started())));
            content.ended().ifPresent(ended -> facts.add(new Fact("ended", seconds(ended))));
            if (!content.message().isBlank()) {
                facts.add(new Fact("said", content.message()));
            }
        });
        facts.add(new Fact("run", run.toString()));
        return facts;
    }

    private List<Fact> provenance() {
        String json = text("provenance.json");
        List<Fact> facts = new ArrayList<>();
        if (!json.isEmpty()) {
            try {
                flatten("", new ObjectMapper().readTree(json), facts);
            } catch (IOException e) {
                missing.add("provenance.json is not JSON.");
            }
        }
        return facts;
    }

    private static void flatten(String prefix, JsonNode node, List<Fact> facts) {
        node.fields().forEachRemaining(field -> {
            String name = prefix + field.getKey().replace('_', ' ');
            JsonNode value = field.getValue();
            if (value.isObject()) {
                flatten(name + ": ", value, facts);
            } else if (value.isArray()) {
                List<String> items = new ArrayList<>();
                value.forEach(item -> items.add(item.asText()));
                facts.add(new Fact(name, String.join(", ", items)));
            } else if (!field.getKey().equals("format_version")) {
                facts.add(new Fact(name, value.asText()));
            }
        });
    }

    private List<Picture> pictures(List<EvaluationReport> evaluations, @Nullable ShardedDataset dataset) {
        if (evaluations.isEmpty()) {
            return List.of();
        }
        EvaluationReport report = evaluations.get(0);
        List<PredictedExample> shown = new ArrayList<>();
        shown.addAll(first(report.best()));
        shown.addAll(first(report.worst()));
        @Nullable ExampleGroups groups = dataset == null ? null : groups(report, dataset);
        Map<Integer, List<Example>> read = new HashMap<>();
        List<Picture> pictures = new ArrayList<>();
        for (PredictedExample example : shown) {
            @Nullable String image = groups == null ? null : image(example, groups, read);
            pictures.add(new Picture(example, image));
        }
        return pictures;
    }

    private @Nullable ExampleGroups groups(EvaluationReport report, ShardedDataset dataset) {
        if (!dataset.manifest().digest().equals(report.evaluated().dataset())) {
            missing.add(
                    "The dataset " + dataset.folder() + " is not the one that was evaluated, so no images are shown.");
            return null;
        }
        return dataset.groups(Split.of(report.evaluated().split()));
    }

    private @Nullable String image(PredictedExample example, ExampleGroups groups, Map<Integer, List<Example>> read) {
        try {
            List<Example> group = read.computeIfAbsent(example.group(), groups::read);
            return ImageData.uri(group.get(example.row()).encoded());
        } catch (NotFoundException | DamagedDatasetException | UndecodableImageException e) {
            missing.add("The image " + example.path() + " cannot be shown: " + e.getMessage());
            return null;
        }
    }

    private static List<PredictedExample> first(List<PredictedExample> examples) {
        return examples.subList(0, Math.min(MOST_PICTURES, examples.size()));
    }

    private String text(String name) {
        try {
            return new String(store.read(run.child(name), LARGEST_TEXT), StandardCharsets.UTF_8);
        } catch (NotFoundException e) {
            missing.add("There is no " + name + ".");
            return "";
        }
    }

    /** Returns what a file says, or, if it is damaged, another value and a sentence more. */
    private <T> T orMissing(T otherwise, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (MalformedFileException | NewerFormatException | NotFoundException e) {
            missing.add(String.valueOf(e.getMessage()));
            return otherwise;
        }
    }
}
