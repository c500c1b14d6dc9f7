package dev.convoke.cli;

import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeException;
import dev.convoke.config.RecipeLoader;
import dev.convoke.storage.Location;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/** Refuses to go on in a run directory with another recipe, naming every key that differs. */
final class RecipeComparison {

    private RecipeComparison() {}

    /**
     * Does nothing if both recipes give the same bytes.
     *
     * @throws RecipeException naming the keys that differ
     */
    static void check(String storedYaml, Recipe wanted, Location run) {
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
            if (!Objects.equals(before.get(key), now.get(key)) && Recipe.decidesBytes(key)) {
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
        throw new RecipeException(List.of(run + " holds a run of another recipe (" + differences
                + "): choose another --out, or allow the change with --allow-change"));
    }
}
