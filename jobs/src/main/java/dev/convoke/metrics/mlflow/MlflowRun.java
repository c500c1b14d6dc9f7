package dev.convoke.metrics.mlflow;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.metrics.ProcessorTime;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * One run as an MLflow tracking server knows it. Everything is sent by a thread of its own, in order, so that a slow
 * server does not slow the training; a server that fails is told of once and then left alone. A run that is resumed
 * goes on under the same number, which {@code <run>/mlflow.json} remembers.
 */
public final class MlflowRun implements AutoCloseable {

    private static final String FILE = "mlflow.json";
    private static final int FORMAT_VERSION = 1;
    private static final int LARGEST_BYTES = 1 << 16;
    private static final int MOST_WAITING = 10_000;
    private static final int MOST_PARAMS = 100;
    private static final int LONGEST_PARAM = 500;
    private static final long FLUSH_SECONDS = 15;

    private final MlflowServer server;
    private final Target target;
    private final FileStore store;
    private final Location run;
    private final Consumer<String> failed;
    private final LongConsumer usedNanos;
    private final ExecutorService sender;
    private volatile boolean broken;
    private String runId = "";

    /**
     * Where runs are tracked.
     *
     * @param address such as {@code http://127.0.0.1:5000}
     * @param experiment its name there
     */
    public record Target(String address, String experiment) {}

    /** How a run ended, in MLflow's words. */
    public enum End {
        /** All rounds are done. */
        FINISHED,
        /** It ended on an error. */
        FAILED,
        /** It was asked to stop. */
        KILLED
    }

    /**
     * Prepares to send; nothing is sent yet.
     *
     * @param store of the run directory
     * @param run the run directory; its name is the run's name there
     * @param failed hears once why nothing more is sent
     * @param usedNanos is told the processor time of everything that is sent; called on another thread
     */
    public MlflowRun(Target target, FileStore store, Location run, Consumer<String> failed, LongConsumer usedNanos) {
        this.target = target;
        this.server = new MlflowServer(target.address(), System.getenv());
        this.store = store;
        this.run = run;
        this.failed = failed;
        this.usedNanos = usedNanos;
        this.sender =
                new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_WAITING), task -> {
                    Thread thread = new Thread(task, "mlflow");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Starts the run there, or goes on with the one that this directory began; sends the recipe. */
    public void start(Map<String, String> recipe, Instant now) {
        send(() -> {
            boolean goesOn = recall();
            if (!goesOn) {
                create(now);
            }
            ObjectNode update = JsonFields.object().put("run_id", runId).put("status", "RUNNING");
            server.post("runs/update", update);
            if (!goesOn) {
                parameters(recipe);
            }
        });
    }

    /** Sends figures of a step; what is not a number is left out. */
    public void log(Map<String, Double> figures, int step, Instant now) {
        send(() -> {
            ObjectNode body = JsonFields.object().put("run_id", runId);
            ArrayNode metrics = body.putArray("metrics");
            figures.forEach((name, value) -> {
                if (Double.isFinite(value)) {
                    metrics.addObject()
                            .put("key", name)
                            .put("value", value)
                            .put("timestamp", now.toEpochMilli())
                            .put("step", step);
                }
            });
            server.post("runs/log-batch", body);
        });
    }

    /** Says how the run ended. */
    public void end(End end, Instant now) {
        send(() -> server.post(
                "runs/update",
                JsonFields.object()
                        .put("run_id", runId)
                        .put("status", end.name())
                        .put("end_time", now.toEpochMilli())));
    }

    /** Waits a little for what is still to be sent. */
    @Override
    public void close() {
        sender.shutdown();
        try {
            if (!sender.awaitTermination(FLUSH_SECONDS, TimeUnit.SECONDS)) {
                giveUp("MLflow at " + target.address() + " is too slow: its last figures are missing there");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        sender.shutdownNow();
    }

    private void send(Runnable work) {
        if (broken) {
            return;
        }
        try {
            sender.execute(() -> {
                long before = ProcessorTime.ofThisThread();
                try {
                    if (!broken) {
                        work.run();
                    }
                } catch (RuntimeException e) {
                    giveUp(e.getMessage() + "; training goes on without it, the run's own metrics are whole");
                } finally {
                    usedNanos.accept(ProcessorTime.ofThisThread() - before);
                }
            });
        } catch (RejectedExecutionException full) {
            giveUp("MLflow at " + target.address() + " is too slow: " + MOST_WAITING
                    + " messages wait; training goes on without it, the run's own metrics are whole");
        }
    }

    private synchronized void giveUp(String why) {
        if (!broken) {
            broken = true;
            failed.accept(why);
        }
    }

    private boolean recall() {
        Location file = run.child(FILE);
        try {
            JsonFields fields = JsonFields.parse(store.read(file, LARGEST_BYTES), file);
            if (fields.text("address").equals(target.address())
                    && fields.text("experiment").equals(target.experiment())
                    && server.knows(fields.text("run_id"))) {
                runId = fields.text("run_id");
                return true;
            }
        } catch (NotFoundException first) {
            return false;
        }
        return false;
    }

    private void create(Instant now) {
        String experiment = server.experiment(target.experiment());
        ObjectNode body = JsonFields.object()
                .put("experiment_id", experiment)
                .put("run_name", run.name())
                .put("start_time", now.toEpochMilli());
        ArrayNode tags = body.putArray("tags");
        tags.addObject().put("key", "mlflow.source.name").put("value", "convoke");
        tags.addObject().put("key", "convoke.run").put("value", run.uri());
        runId = server.post("runs/create", body)
                .path("run")
                .path("info")
                .path("run_id")
                .asText();
        ObjectNode remembered = JsonFields.object()
                .put("format_version", FORMAT_VERSION)
                .put("address", target.address())
                .put("experiment", target.experiment())
                .put("run_id", runId);
        store.replace(run.child(FILE), JsonFields.text(remembered));
    }

    private void parameters(Map<String, String> recipe) {
        List<Map.Entry<String, String>> entries = new ArrayList<>(recipe.entrySet());
        for (int from = 0; from < entries.size(); from += MOST_PARAMS) {
            ObjectNode body = JsonFields.object().put("run_id", runId);
            ArrayNode params = body.putArray("params");
            for (Map.Entry<String, String> entry :
                    entries.subList(from, Math.min(entries.size(), from + MOST_PARAMS))) {
                String value = entry.getValue();
                params.addObject()
                        .put("key", entry.getKey())
                        .put("value", value.substring(0, Math.min(LONGEST_PARAM, value.length())));
            }
            server.post("runs/log-batch", body);
        }
    }
}
