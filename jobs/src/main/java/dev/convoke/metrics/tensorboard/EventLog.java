package dev.convoke.metrics.tensorboard;

import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The event files of a run: {@code <run>/events/<split>/events.out.tfevents.0000000012}, one file a step, so that a
 * step that is done again replaces itself and no file has to be appended to. Look at them, even while the run is at
 * work, with {@code tensorboard --logdir <run>/events}. Splits are TensorBoard's runs: their curves share one chart.
 */
public final class EventLog {

    private static final Pattern NAME = Pattern.compile("events\\.out\\.tfevents\\.(\\d{10})");

    private final FileStore store;
    private final Location folder;

    /** The events of a run directory. */
    public EventLog(FileStore store, Location run) {
        this.store = store;
        this.folder = run.child("events");
    }

    /** Writes what a round measured, in place of an earlier attempt at it. */
    public void write(RoundMetrics metrics) {
        Events events = new Events(metrics.time(), metrics.round())
                .scalar("loss", metrics.loss())
                .scalar("top-1", metrics.accuracy())
                .scalar("training/epoch", metrics.epoch())
                .scalar("training/learning rate", metrics.learningRate())
                .scalar("training/divergence of the replicas", metrics.divergence())
                .scalar("speed/images a second", metrics.imagesPerSecond())
                .scalar("speed/slowest worker to mean", metrics.workerSkew())
                .scalar("speed/watching, ms", metrics.figures().getOrDefault("observing_millis", Double.NaN))
                .scalars("phases, ms/", metrics.phaseMillis())
                .scalars("figures/", metrics.figures());
        for (WorkerRow worker : metrics.workers()) {
            events.scalar("workers, compute ms/" + worker.worker(), worker.computeMillis());
        }
        write("train", events);
    }

    /** Writes one step of one split, in place of an earlier attempt at it. */
    public void write(String split, Events events) {
        String name = String.format(Locale.ROOT, "events.out.tfevents.%010d", events.step());
        store.replace(folder.child(split + "/" + name), events.toFile());
    }

    /** Deletes the steps after one, when the run goes on from an older checkpoint. */
    public void deleteAfter(long step) {
        for (FileEntry split : store.list(folder)) {
            for (FileEntry file : store.list(split.location())) {
                Matcher name = NAME.matcher(file.location().name());
                if (name.matches() && Long.parseLong(name.group(1)) > step) {
                    store.delete(file.location());
                }
            }
        }
    }
}
