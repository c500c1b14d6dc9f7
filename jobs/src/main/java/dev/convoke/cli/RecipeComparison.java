package dev.convoke.cli;

import dev.convoke.checkpoint.CheckpointHeader;
import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeException;
import dev.convoke.config.RecipeLoader;
import dev.convoke.engine.StateLayout;
import dev.convoke.shard.ShardManifest;
import dev.convoke.storage.Location;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Refuses to go on in a run directory with another recipe, naming every key that differs. */
final class RecipeComparison {

    private RecipeComparison() {}

    /**
     * Does nothing if both recipes give the same bytes, or differ only in what is allowed to.
     *
     * @throws RecipeException naming the keys that differ
     */
    static void check(String storedYaml, Recipe wanted, TrainingRequest request, ShardManifest manifest) {
        Location run = request.out();
        Recipe stored = RecipeLoader.load(storedYaml, run.child(RunFiles.RECIPE).toString(), List.of());
        if (stored.digest().equals(wanted.digest())) {
            return;
        }
        Map<String, String> before = stored.resolved().values();
        Map<String, String> now = wanted.resolved().values();
        TreeSet<String> keys = new TreeSet<>(before.keySet());
        keys.addAll(now.keySet());
        StringBuilder differences = new StringBuilder();
        for (String key : keys) {
            boolean differs = !Objects.equals(before.get(key), now.get(key)) && Recipe.decidesBytes(key);
            if (differs && !request.allowedChanges().coversKey(key)) {
                differences
                        .append(differences.isEmpty() ? "" : ", ")
                        .append(key)
                        .append(" ")
                        .append(before.get(key))
                        .append(" there and ")
                        .append(now.get(key))
                        .append(" here");
            }
        }
        if (!differences.isEmpty()) {
            throw new RecipeException(List.of(run + " holds a run of another recipe (" + differences
                    + layers(stored, wanted, manifest)
                    + "): choose another --out, or allow the change with --allow-change"));
        }
    }

    /** Names where the networks part; no --allow-change helps then. */
    private static String layers(Recipe stored, Recipe wanted, ShardManifest manifest) {
        StateLayout before = TrainingRun.job(stored, manifest).layout();
        StateLayout now = TrainingRun.job(wanted, manifest).layout();
        return CheckpointHeader.layoutDifferences(before, now).stream()
                .map(difference -> "; " + difference.what() + ": " + difference.found() + " there and "
                        + difference.wanted() + " here")
                .collect(Collectors.joining());
    }
}
