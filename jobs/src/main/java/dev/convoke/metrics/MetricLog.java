package dev.convoke.metrics;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The metrics of a run: {@code <run>/metrics/round-000012.jsonl}, one file with one line a round. A round that is
 * trained again replaces its own file. Spark reads them all with {@code spark.read().json(run + "/metrics")}.
 */
public final class MetricLog {

    private static final Pattern NAME = Pattern.compile("round-(\\d{6,9})\\.jsonl");
    private static final int LARGEST_BYTES = 16 << 20;

    private final FileStore store;
    private final Location folder;

    /** The metrics of a run directory. */
    public MetricLog(FileStore store, Location run) {
        this.store = store;
        this.folder = run.child("metrics");
    }

    /** Writes a round, replacing what an earlier attempt at it wrote. */
    public void write(RoundMetrics metrics) {
        ObjectNode root = JsonFields.object();
        root.put("ts", metrics.time().toString());
        root.put("run_id", metrics.runId());
        root.put("split", "train");
        root.put("epoch", metrics.epoch());
        root.put("round", metrics.round());
        root.put("examples", metrics.examples());
        root.put("examples_seen", metrics.examplesSeen());
        put(root, "loss", metrics.loss());
        put(root, "accuracy", metrics.accuracy());
        put(root, "lr", metrics.learningRate());
        put(root, "images_per_sec", metrics.imagesPerSecond());
        put(root, "divergence", metrics.divergence());
        put(root, "worker_skew", metrics.workerSkew());
        putAll(root.putObject("phase_millis"), metrics.phaseMillis());
        putAll(root.putObject("figures"), metrics.figures());
        ArrayNode workers = root.putArray("workers");
        for (WorkerRow row : metrics.workers()) {
            ObjectNode worker = workers.addObject();
            worker.put("worker", row.worker());
            worker.put("examples", row.examples());
            put(worker, "loss", row.loss());
            put(worker, "accuracy", row.accuracy());
            put(worker, "compute_millis", row.computeMillis());
            put(worker, "wait_millis", row.waitMillis());
        }
        store.replace(file(metrics.round()), (JsonFields.line(root) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns all rounds in order. Fields this version does not know are ignored, figures it does not find are not a
     * number.
     *
     * @throws MalformedFileException naming the file if one is damaged
     */
    public List<RoundMetrics> readAll() {
        List<RoundMetrics> all = new ArrayList<>();
        for (FileEntry entry : store.list(folder)) {
            if (NAME.matcher(entry.location().name()).matches()) {
                all.add(read(entry.location()));
            }
        }
        all.sort(Comparator.comparingInt(RoundMetrics::round));
        return List.copyOf(all);
    }

    /** Deletes the rounds after one, when the run goes on from an older checkpoint. */
    public void deleteAfter(int round) {
        for (FileEntry entry : store.list(folder)) {
            Matcher matcher = NAME.matcher(entry.location().name());
            if (matcher.matches() && Integer.parseInt(matcher.group(1)) > round) {
                store.delete(entry.location());
            }
        }
    }

    private RoundMetrics read(Location file) {
        JsonFields root = JsonFields.parse(store.read(file, LARGEST_BYTES), file);
        List<WorkerRow> workers = new ArrayList<>();
        if (root.has("workers")) {
            for (JsonFields row : root.list("workers")) {
                workers.add(new WorkerRow(
                        row.integer("worker"),
                        row.whole("examples"),
                        number(row, "loss"),
                        number(row, "accuracy"),
                        number(row, "compute_millis"),
                        number(row, "wait_millis")));
            }
        }
        try {
            return new RoundMetrics(
                    Instant.parse(root.text("ts")),
                    root.text("run_id"),
                    root.integer("epoch"),
                    root.integer("round"),
                    root.whole("examples"),
                    root.has("examples_seen") ? root.whole("examples_seen") : 0,
                    number(root, "loss"),
                    number(root, "accuracy"),
                    number(root, "lr"),
                    number(root, "images_per_sec"),
                    number(root, "divergence"),
                    numbers(root, "phase_millis"),
                    numbers(root, "figures"),
                    workers);
        } catch (DateTimeException e) {
            throw new MalformedFileException(file + ": field 'ts' is no time; delete the file", e);
        }
    }

    private Location file(int round) {
        return folder.child(String.format(Locale.ROOT, "round-%06d.jsonl", round));
    }

    /** JSON has no infinity and no not-a-number: null stands for them. */
    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }

    private static void putAll(ObjectNode node, Map<String, Double> values) {
        new TreeMap<>(values).forEach((name, value) -> put(node, name, value));
    }

    private static double number(JsonFields fields, String name) {
        return fields.has(name) ? fields.decimal(name) : Double.NaN;
    }

    private static Map<String, Double> numbers(JsonFields root, String name) {
        Map<String, Double> values = new TreeMap<>();
        if (root.has(name)) {
            JsonFields fields = root.fields(name);
            for (String key : fields.names()) {
                values.put(key, number(fields, key));
            }
        }
        return values;
    }
}
