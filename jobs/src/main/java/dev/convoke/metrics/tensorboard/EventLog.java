package dev.convoke.metrics.tensorboard;

import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.metrics.tensorboard.EventFile.Content;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event files of a run, in a folder for each split: {@code <run>/events/<split>/events.out.tfevents...}. Look at
 * them, even while the run is at work, with {@code tensorboard --logdir <run>/events}. Splits are TensorBoard's runs:
 * their curves share one chart.
 *
 * <p>Every step is a file of its own at first, so that nothing has to be appended to. TensorBoard keeps every file
 * open, so 32 of them are merged into one as soon as they are there, and as many of those again. What is merged are
 * always the newest files, all of them up to the last step: so a TensorBoard that has read them forgets these steps,
 * reads them again and loses none. A merged file is whole before what it replaces is deleted, oldest first; after a
 * crash in between some last steps are there twice, which shows nothing else. Safe for use by many threads; other
 * processes may write at the same time.
 */
public final class EventLog {

    /** So many files are merged at once. */
    static final int TOGETHER = 32;

    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

    /** A file of the highest level is merged no further: it holds a thousand steps. */
    private static final int HIGHEST_LEVEL = 2;

    /** No more than this is merged, so that merging needs little memory. */
    private static final long LARGEST_MERGE = 32L << 20;

    private static final int LARGEST_FILE = 128 << 20;

    private final FileStore store;
    private final Location folder;
    private long lastStamp;

    /** The events of a run directory. */
    public EventLog(FileStore store, Location run) {
        this.store = store;
        this.folder = run.child("events");
    }

    /** Writes what a round measured; what an earlier attempt at it measured is not shown any more. */
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

    /** Writes one step of one split; what an earlier attempt at it wrote is not shown any more. */
    public synchronized void write(String split, Events events) {
        List<EventFile> files = files(split);
        add(split, files, Content.of(events));
        for (int level = 0; level < HIGHEST_LEVEL; level++) {
            int full = level;
            List<EventFile> newest = newest(files, level);
            if (newest.stream().filter(file -> file.level() == full).count() >= TOGETHER) {
                merge(split, files, newest);
            }
        }
    }

    /** Returns whether a split has no step. */
    public synchronized boolean isEmpty(String split) {
        return files(split).isEmpty();
    }

    /** Deletes the steps after one, when the run goes on from an older checkpoint. */
    public synchronized void deleteAfter(long step) {
        for (String split : splits()) {
            List<EventFile> files = files(split);
            for (EventFile file : List.copyOf(files)) {
                if (files.stream().anyMatch(file::isReplacedBy)) {
                    // A process died when it had merged this one.
                    delete(files, file);
                } else if (file.lastStep() > step) {
                    keepUntil(step, split, files, file);
                    delete(files, file);
                }
            }
        }
    }

    /** Leaves as few files as possible, once nothing more is to come. */
    public synchronized void finish() {
        for (String split : splits()) {
            List<EventFile> files = files(split);
            List<EventFile> newest = newest(files, HIGHEST_LEVEL);
            if (newest.size() > 1) {
                merge(split, files, newest);
            }
        }
    }

    private void keepUntil(long step, String split, List<EventFile> files, EventFile file) {
        if (file.level() > 0) {
            NavigableMap<Long, List<byte[]>> kept = read(file).headMap(step, true);
            if (!kept.isEmpty()) {
                add(split, files, Content.of(kept, file.level()));
            }
        }
    }

    private List<String> splits() {
        return store.list(folder).stream()
                .filter(FileEntry::folder)
                .map(split -> split.location().name())
                .toList();
    }

    /** Returns a split's files, those written first before others. */
    private List<EventFile> files(String split) {
        List<EventFile> files = new ArrayList<>();
        store.list(folder.child(split)).forEach(entry -> EventFile.of(entry).ifPresent(files::add));
        files.sort(Comparator.comparingLong(EventFile::stamp).thenComparingLong(EventFile::lastStep));
        return files;
    }

    private void add(String split, List<EventFile> files, Content content) {
        long newest = files.isEmpty() ? 0 : files.get(files.size() - 1).stamp();
        lastStamp = Math.max(System.currentTimeMillis(), 1 + Math.max(lastStamp, newest));
        EventFile file = EventFile.in(folder.child(split), lastStamp, content);
        store.replace(file.location(), content.bytes());
        files.add(file);
    }

    /** Returns the newest of the files that are of a level at most, as many as may be merged at once. */
    private static List<EventFile> newest(List<EventFile> files, int level) {
        int from = files.size();
        long bytes = 0;
        while (from > 0
                && files.get(from - 1).level() <= level
                && bytes + files.get(from - 1).bytes() <= LARGEST_MERGE) {
            from--;
            bytes += files.get(from).bytes();
        }
        return files.subList(from, files.size());
    }

    private void merge(String split, List<EventFile> files, List<EventFile> from) {
        List<EventFile> replaced = List.copyOf(from);
        NavigableMap<Long, List<byte[]>> steps = new TreeMap<>();
        int level = 0;
        for (EventFile file : replaced) {
            // A step that was done again is in a later file.
            steps.putAll(read(file));
            level = Math.max(level, file.level());
        }
        if (!steps.isEmpty()) {
            add(split, files, Content.of(steps, Math.min(level + 1, HIGHEST_LEVEL)));
        }
        replaced.forEach(file -> delete(files, file));
    }

    private void delete(List<EventFile> files, EventFile file) {
        store.delete(file.location());
        files.remove(file);
    }

    private NavigableMap<Long, List<byte[]>> read(EventFile file) {
        NavigableMap<Long, List<byte[]>> steps = new TreeMap<>();
        byte[] bytes;
        try {
            bytes = store.read(file.location(), LARGEST_FILE);
        } catch (NotFoundException gone) {
            // Another process has merged it meanwhile: what it held is in another file.
            LOG.debug("{} was merged by somebody else", file.location());
            return steps;
        }
        int whole = EventRecords.read(bytes, data -> {
            StoredEvent event = StoredEvent.of(data);
            if (event.shown()) {
                steps.computeIfAbsent(event.step(), step -> new ArrayList<>()).add(data);
            }
        });
        if (whole < bytes.length) {
            LOG.warn(
                    "{} is damaged after {} of {} bytes; TensorBoard shows the steps before that",
                    file.location(),
                    whole,
                    bytes.length);
        }
        return steps;
    }
}
