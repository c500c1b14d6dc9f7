package dev.convoke.metrics;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.NewerFormatException;
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
 * trained again replaces its own file. Spark reads them all with {@code spark.read().json(run + "/metrics")}; the
 * fields are listed in docs/formats.md.
 */
public final class MetricLog {

    private static final Pattern NAME = Pattern.compile("round-(\\d{6,9})\\.jsonl");
    private static final int FORMAT_VERSION = 1;
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
        root.put("format_version", FORMAT_VERSION);
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
            put(worker, "receive_millis", row.receiveMillis());
            put(worker, "send_millis", row.sendMillis());
            put(worker, "read_millis", row.readMillis());
            put(worker, "decode_millis", row.decodeMillis());
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
        return readSome(Integer.MAX_VALUE);
    }

    /**
     * Returns at most so many rounds, evenly spread and in order, the last one among them: enough for a curve of a run
     * of many rounds without reading as many files.
     *
     * @param most at least 1
     * @throws MalformedFileException naming the file if one is damaged
     */
    public List<RoundMetrics> readSome(int most) {
        List<Location> files = new ArrayList<>();
        for (FileEntry entry : store.list(folder)) {
            if (NAME.matcher(entry.location().name()).matches()) {
                files.add(entry.location());
            }
        }
        files.sort(Comparator.comparingInt(MetricLog::roundOf));
        int count = Math.min(most, files.size());
        List<RoundMetrics> some = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            some.add(read(files.get((int) ((long) files.size() * i / count) - 1)));
        }
        return List.copyOf(some);
    }

    /** Deletes the rounds after one, when the run goes on from an older checkpoint. */
    public void deleteAfter(int round) {
        for (FileEntry entry : store.list(folder)) {
            if (NAME.matcher(entry.location().name()).matches() && roundOf(entry.location()) > round) {
                store.delete(entry.location());
            }
        }
    }

    private static int roundOf(Location file) {
        Matcher matcher = NAME.matcher(file.name());
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    private RoundMetrics read(Location file) {
        JsonFields root = JsonFields.parse(store.read(file, LARGEST_BYTES), file);
        if (root.has("format_version")) {
            // Files of before the first release have none; their fields are the same.
            NewerFormatException.check(file, root.whole("format_version"), FORMAT_VERSION);
        }
        List<WorkerRow> workers = new ArrayList<>();
        if (root.has("workers")) {
            for (JsonFields row : root.list("workers")) {
                workers.add(new WorkerRow(
                        row.integer("worker"),
                        row.whole("examples"),
                        number(row, "loss"),
                        number(row, "accuracy"),
                        number(row, "compute_millis"),
                        number(row, "wait_millis"),
                        orZero(row, "receive_millis"),
                        orZero(row, "send_millis"),
                        number(row, "read_millis"),
                        number(row, "decode_millis")));
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

    private static double orZero(JsonFields fields, String name) {
        return fields.has(name) ? fields.decimal(name) : 0;
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
