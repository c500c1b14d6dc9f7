package dev.convoke.training;

import dev.convoke.data.ImageLoader;
import dev.convoke.data.Keys;
import dev.convoke.engine.Minibatch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * One worker's minibatches in the order of the run, filled ahead by one helper thread so that decoding overlaps the
 * steps, and also the averaging between rounds. Asking for another minibatch than the next one is right but slow.
 */
final class MinibatchFeed implements AutoCloseable {

    /** How many minibatches are filled ahead: enough to read the next group while steps go on. */
    private static final int AHEAD = 2;

    private final RunPlan plan;
    private final int worker;
    private final ExampleReader reader;
    private final ImageLoader loader;
    private final ExecutorService helper;
    private final Deque<Minibatch> free = new ArrayDeque<>();
    private final Deque<Ahead> filling = new ArrayDeque<>();

    private record Ahead(Place place, Minibatch minibatch, Future<?> filled) {}

    private record Place(int epoch, int step) {}

    MinibatchFeed(WorkerKit kit, RunPlan plan, int worker) {
        this.plan = plan;
        this.worker = worker;
        this.reader = new ExampleReader(kit.openExamples(), plan, worker);
        this.loader = kit.openLoader();
        for (int i = 0; i <= AHEAD; i++) {
            free.add(new Minibatch(
                    kit.imageShape(), kit.classes(), plan.settings().batch()));
        }
        this.helper = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "minibatches-of-worker-" + worker);
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
        await(next.filled);
        return next.minibatch;
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

    private void fill(Place place, Minibatch minibatch) {
        TrainingSettings settings = plan.settings();
        long first = (long) place.step * settings.batch();
        long segment = plan.segmentStart(worker + 1) - plan.segmentStart(worker);
        int size = (int) Math.min(settings.batch(), segment - first);
        int values = minibatch.shape().valueCount();
        for (int row = 0; row < size; row++) {
            ExampleReader.Drawn drawn = reader.at(place.epoch, first + row);
            long key = Keys.mix(settings.seed(), Randomness.AUGMENTATION, place.epoch, drawn.ordinal());
            loader.load(drawn.example(), key, minibatch.images(), row * values);
            minibatch.target(row, drawn.example().label(), settings.labelSmoothing());
        }
        minibatch.resize(size);
    }

    private void dropAll() {
        while (!filling.isEmpty()) {
            Ahead dropped = filling.removeFirst();
            await(dropped.filled);
            free.addLast(dropped.minibatch);
        }
    }

    private static void await(Future<?> filled) {
        try {
            filled.get();
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
