package dev.convoke.cli;

import dev.convoke.config.Recipe;
import dev.convoke.engine.NetworkJob;
import dev.convoke.models.NetworkSummary;
import dev.convoke.training.RunPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a run says before its first round: the network, layer by layer, and what will be done with it. */
final class ModelTable {

    /** A longer table is cut in the middle: nobody scrolls back through a hundred layers. */
    private static final int MOST_LINES = 40;

    private static final int FIRST = 14;
    private static final int LAST = 10;

    private ModelTable() {}

    /** Returns the table for people. */
    static String of(NetworkJob job, Recipe recipe, RunPlan plan) {
        StringBuilder text = new StringBuilder(shortened(NetworkSummary.of(job.network()), job));
        facts(job, recipe, plan)
                .forEach((name, value) -> text.append(String.format(Locale.ROOT, "%-14s %s%n", name, value)));
        return text.toString().stripTrailing();
    }

    /** Returns the same for programs. */
    static Map<String, Object> fields(NetworkJob job, RunPlan plan) {
        NetworkSummary summary = NetworkSummary.of(job.network());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("architecture", summary.name());
        fields.put("total_parameters", summary.totalParameters());
        fields.put("trainable_parameters", summary.trainableParameters());
        fields.put("classes", job.network().classes());
        fields.put("input", job.network().input().width());
        fields.put("engine", job.engineHere());
        fields.put("examples", plan.examples());
        fields.put("epochs", plan.settings().epochs());
        fields.put("rounds", plan.roundCount());
        fields.put("workers", plan.settings().workers());
        fields.put("batch", plan.settings().batch());
        return fields;
    }

    private static String shortened(NetworkSummary summary, NetworkJob job) {
        List<String> lines = summary.text().lines().toList();
        if (lines.size() <= MOST_LINES) {
            return summary.text();
        }
        List<String> end = lines.subList(lines.size() - LAST, lines.size());
        return String.join("\n", lines.subList(0, FIRST))
                + String.format(
                        Locale.ROOT,
                        "%n ... %d more layers: ./convoke summary %s --input %d --classes %d%n",
                        lines.size() - FIRST - LAST,
                        summary.name(),
                        job.network().input().width(),
                        job.network().classes())
                + String.join("\n", end) + "\n";
    }

    private static Map<String, String> facts(NetworkJob job, Recipe recipe, RunPlan plan) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put(
                "Engine",
                job.engineHere() + ", "
                        + recipe.compute().precision().name().toLowerCase(Locale.ROOT) + ", state "
                        + megabytes(job.layout().valueCount()) + " MB");
        facts.put(
                "Data",
                String.format(
                        Locale.ROOT,
                        "%,d examples of %d classes, %d px",
                        plan.examples(),
                        job.network().classes(),
                        job.network().input().width()));
        facts.put(
                "Training",
                String.format(
                        Locale.ROOT,
                        "%,d epochs in %,d rounds: %d workers, batch %d, averaged every %s steps",
                        plan.settings().epochs(),
                        plan.roundCount(),
                        plan.settings().workers(),
                        plan.settings().batch(),
                        recipe.resolved()
                                .values()
                                .getOrDefault("averaging.frequency", "")
                                .replaceAll("[\\[\\]]", "")));
        return facts;
    }

    private static String megabytes(int values) {
        return String.format(Locale.ROOT, "%,.1f", values * (double) Float.BYTES / 1e6);
    }
}
