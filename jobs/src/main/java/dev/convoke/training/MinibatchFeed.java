package dev.convoke.training;

import dev.convoke.data.ImageLoader;
import dev.convoke.data.Keys;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.PixelImages;
import dev.convoke.metrics.trace.SpanRecorder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One worker's minibatches in the order of the run, filled ahead by a helper thread and its decoders so that decoding
 * overlaps the steps, and also the averaging between rounds. A thread of its own reads the next window of examples
 * while this one is trained on. How many threads decode changes nothing in the minibatches. Asking for another one than
 * the next is right but slow.
 */
final class MinibatchFeed implements AutoCloseable {

    private final RunPlan plan;
    private final int worker;
    private final ExampleReader reader;
    private final ImageLoader loader;
    private final FeedSettings settings;
    private final SpanRecorder recorder;
    private final ExecutorService helper;
    private final ExecutorService decoders;
    private final ExecutorService reading;
    private final Deque<Minibatch> free = new ArrayDeque<>();
    private final Deque<Ahead> filling = new ArrayDeque<>();

    private Times taken = Times.NONE;

    private record Ahead(Place place, Minibatch minibatch, Future<Times> filled) {}

    private record Place(int epoch, int step) {}

    /**
     * What filling minibatches took, by the helper thread's clock.
     *
     * @param readNanos until their examples were there
     * @param decodeNanos until these were decoded, augmented and mixed
     */
    record Times(long readNanos, long decodeNanos) {

        static final Times NONE = new Times(0, 0);

        Times plus(Times other) {
            return new Times(readNanos + other.readNanos, decodeNanos + other.decodeNanos);
        }
    }

    MinibatchFeed(WorkerKit kit, RunPlan plan, int worker) {
        this(kit, plan, worker, new SpanRecorder());
    }

    MinibatchFeed(WorkerKit kit, RunPlan plan, int worker, SpanRecorder recorder) {
        this.recorder = recorder;
        this.plan = plan;
        this.worker = worker;
        this.settings = kit.feed();
        this.reading = threads(1, "reader-of-worker-" + worker);
        this.reader = new ExampleReader(kit.openExamples(), plan, worker, settings.sampling(), reading);
        this.loader = kit.openLoader();
        requireWeights(kit.classes());
        for (int i = 0; i <= settings.ahead(); i++) {
            free.add(minibatch(kit));
        }
        this.helper = threads(1, "minibatches-of-worker-" + worker);
        this.decoders = threads(settings.decoders(), "decoder-of-worker-" + worker);
    }

    private Minibatch minibatch(WorkerKit kit) {
        int batch = plan.settings().batch();
        return kit.takesPixels()
                ? Minibatch.ofPixels(kit.imageShape(), kit.classes(), batch, loader.byteValues())
                : new Minibatch(kit.imageShape(), kit.classes(), batch);
    }

    private void requireWeights(int classes) {
        int weights = settings.classWeights().size();
        if (weights > 0 && weights != classes) {
            throw new IllegalArgumentException(
                    weights + " class weights for " + classes + " classes: give one for each");
        }
    }

    private static ExecutorService threads(int count, String name) {
        return Executors.newFixedThreadPool(count, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Returns a filled minibatch, lent until {@link #giveBack}.
     *
     * @param epoch counts from 0
     * @param step counts this worker's minibatches within the epoch
     */
    Minibatch take(int epoch, int step) {
        Place wanted = new Place(epoch, step);
        if (!filling.isEmpty() && !filling.getFirst().place.equals(wanted)) {
            dropAll();
        }
        fillAheadFrom(wanted);
        Ahead next = filling.removeFirst();
        taken = taken.plus(await(next.filled));
        return next.minibatch;
    }

    /** Returns what filling the minibatches took that were taken since this was last asked. */
    Times takeTimes() {
        Times times = taken;
        taken = Times.NONE;
        return times;
    }

    /** Returns the minibatch after the one taken last, if it is filled already; it is not lent yet. */
    Optional<Minibatch> next() {
        Ahead first = filling.peekFirst();
        return first != null && first.filled.isDone() && !first.filled.isCancelled()
                ? Optional.of(first.minibatch)
                : Optional.empty();
    }

    /** Takes back a lent minibatch and starts to fill it again. */
    void giveBack(Minibatch minibatch) {
        free.addLast(minibatch);
        if (!filling.isEmpty()) {
            fillAheadFrom(filling.getFirst().place);
        }
    }

    @Override
    public void close() {
        helper.shutdownNow();
        decoders.shutdownNow();
        reading.shutdownNow();
    }

    private void fillAheadFrom(Place first) {
        Place place = first;
        for (int i = 0; i < filling.size(); i++) {
            place = after(place);
        }
        while (!free.isEmpty() && place.epoch < plan.settings().epochs()) {
            Place target = place;
            Minibatch minibatch = free.removeFirst();
            filling.addLast(new Ahead(target, minibatch, helper.submit(() -> fill(target, minibatch))));
            place = after(place);
        }
    }

    private Place after(Place place) {
        return place.step + 1 < plan.minibatchesOf(worker)
                ? new Place(place.epoch, place.step + 1)
                : new Place(place.epoch + 1, 0);
    }

    private Times fill(Place place, Minibatch minibatch) {
        long first = (long) place.step * plan.settings().batch();
        long segment = plan.segmentStart(worker + 1) - plan.segmentStart(worker);
        int size = (int) Math.min(plan.settings().batch(), segment - first);
        String lane = "worker " + worker + ", examples";
        long began = System.nanoTime();
        List<ExampleReader.Drawn> drawn = new ArrayList<>(size);
        for (int row = 0; row < size; row++) {
            drawn.add(reader.at(place.epoch, first + row));
        }
        recorder.record("read", lane, began);
        long read = System.nanoTime();
        AtomicInteger next = new AtomicInteger();
        Runnable decode = () -> {
            for (int row = next.getAndIncrement(); row < size; row = next.getAndIncrement()) {
                fill(place, minibatch, row, drawn.get(row));
            }
        };
        if (settings.decoders() == 1) {
            decode.run();
        } else {
            List<Future<?>> parts = new ArrayList<>();
            for (int i = 0; i < settings.decoders(); i++) {
                parts.add(decoders.submit(decode));
            }
            parts.forEach(MinibatchFeed::await);
        }
        minibatch.resize(size);
        long key = Keys.mix(plan.settings().seed(), Randomness.MIXUP, place.epoch, worker, place.step);
        Mixup.mix(minibatch, settings.mixup(), key);
        recorder.record("decode", lane, read);
        return new Times(read - began, System.nanoTime() - read);
    }

    private void fill(Place place, Minibatch minibatch, int row, ExampleReader.Drawn drawn) {
        long seed = plan.settings().seed();
        long key = drawn.copy() == 0
                ? Keys.mix(seed, Randomness.AUGMENTATION, place.epoch, drawn.ordinal())
                : Keys.mix(seed, Randomness.AUGMENTATION, place.epoch, drawn.ordinal(), drawn.copy());
        int label = drawn.example().label();
        Optional<PixelImages> pixels = minibatch.pixels();
        if (pixels.isPresent()) {
            loader.load(drawn.example(), key, pixels.get(), row);
        } else {
            loader.load(
                    drawn.example(),
                    key,
                    minibatch.images(),
                    row * minibatch.shape().valueCount());
        }
        minibatch.target(row, label, plan.settings().labelSmoothing());
        if (!settings.classWeights().isEmpty()) {
            minibatch.weigh(row, settings.classWeights().get(label));
        }
    }

    private void dropAll() {
        while (!filling.isEmpty()) {
            Ahead dropped = filling.removeFirst();
            await(dropped.filled);
            free.addLast(dropped.minibatch);
        }
    }

    private static <T> T await(Future<T> filled) {
        try {
            return filled.get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("Filling a minibatch failed; the cause says why", failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for a minibatch: the task was cancelled");
        }
    }
}
