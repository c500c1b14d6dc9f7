package dev.convoke.evaluation.report;

import dev.convoke.checkpoint.RunFile;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What one looks at when there are many runs. Any part may be empty.
 *
 * @param run the run directory
 * @param settings the recipe's keys with their values, in its order
 * @param state what {@code run.json} says
 * @param killed whether its process is certainly dead without having said how the run ended
 * @param rounds some of the rounds, in order, the last one among them
 * @param evaluations the final figures of each split, the most telling first
 * @param validations figures taken on the way, in order of rounds
 * @param provenance facts by name
 * @param missing what could not be read, one sentence each
 */
public record RunOverview(
        Location run,
        Map<String, String> settings,
        Optional<RunFile.Content> state,
        boolean killed,
        List<RoundMetrics> rounds,
        List<EvaluationReport> evaluations,
        List<EvaluationReport> validations,
        Map<String, String> provenance,
        List<String> missing) {

    /** What a run directory has from its first moment on. */
    private static final String RECIPE = "recipe.yaml";

    /** Copies the collections. */
    public RunOverview {
        settings = new LinkedHashMap<>(settings);
        provenance = new LinkedHashMap<>(provenance);
        rounds = List.copyOf(rounds);
        evaluations = List.copyOf(evaluations);
        validations = List.copyOf(validations);
        missing = List.copyOf(missing);
    }

    /**
     * Reads a run, with at most so many of its rounds.
     *
     * @param rounds at least 1
     */
    public static RunOverview read(FileStore store, Location run, int rounds) {
        return new RunReader(store, run).overview(rounds);
    }

    /** Returns whether a folder is a run directory. */
    public static boolean isRun(FileStore store, Location folder) {
        return store.exists(folder.child(RECIPE));
    }

    /** Returns the run directories in a folder and in its folders, sorted; the folder itself if it is one. */
    public static List<Location> find(FileStore store, Location folder) {
        if (isRun(store, folder)) {
            return List.of(folder);
        }
        List<Location> runs = new ArrayList<>();
        for (FileEntry child : store.list(folder)) {
            if (!child.folder()) {
                continue;
            }
            if (isRun(store, child.location())) {
                runs.add(child.location());
            } else {
                store.list(child.location()).stream()
                        .filter(entry -> entry.folder() && isRun(store, entry.location()))
                        .forEach(entry -> runs.add(entry.location()));
            }
        }
        return List.copyOf(runs);
    }

    /** Returns the status in a word: as in {@code run.json}, {@code unknown} without one, or {@code killed}. */
    public String status() {
        if (killed && state.map(RunFile.Content::status).equals(Optional.of(RunFile.Status.RUNNING))) {
            return "killed";
        }
        return state.map(content -> content.status().name().toLowerCase(Locale.ROOT))
                .orElse("unknown");
    }

    /** Returns how many rounds are done. */
    public int roundsDone() {
        int measured = rounds.isEmpty() ? 0 : rounds.get(rounds.size() - 1).round();
        return Math.max(measured, state.map(RunFile.Content::round).orElse(0));
    }

    /** Returns the figures that tell most: the final ones, else the last taken on the way. */
    public Optional<EvaluationReport> figures() {
        if (!evaluations.isEmpty()) {
            return Optional.of(evaluations.get(0));
        }
        return validations.isEmpty() ? Optional.empty() : Optional.of(validations.get(validations.size() - 1));
    }

    /** Returns the mean images a second of the rounds read, NaN if there are none. */
    public double imagesPerSecond() {
        double seconds = 0;
        double images = 0;
        for (RoundMetrics round : rounds) {
            if (round.imagesPerSecond() > 0) {
                images += round.examples();
                seconds += round.examples() / round.imagesPerSecond();
            }
        }
        return images / seconds;
    }

    /** Returns the time from the last start to the end; of a run that has none, to the last round anybody knows of. */
    public Optional<Duration> duration() {
        return state.map(content ->
                Duration.between(content.started(), content.ended().orElseGet(() -> lastRound(content.started()))));
    }

    private Instant lastRound(Instant started) {
        return rounds.stream()
                .map(RoundMetrics::time)
                .filter(time -> time.isAfter(started))
                .max(Comparator.naturalOrder())
                .orElse(started);
    }

    /** Returns a setting's value, or a dash. */
    public String setting(String key) {
        return settings.getOrDefault(key, "–");
    }
}
