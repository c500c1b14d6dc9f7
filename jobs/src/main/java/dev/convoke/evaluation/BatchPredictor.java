package dev.convoke.evaluation;

import dev.convoke.data.Example;
import dev.convoke.data.ImageDecoder;
import dev.convoke.data.UndecodableImageException;
import dev.convoke.engine.Minibatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Predicts a stream of images: while the network computes one minibatch, the next one is read and decoded. Results come
 * in the order of the images, whatever the timing. Used by one thread.
 */
public final class BatchPredictor implements AutoCloseable {

    /** Whether an image's bytes were checked when they came in, as a shard's were. */
    public enum Trust {
        /** They were: decoding is enough. */
        VERIFIED,
        /** They were not: what is cut short or damaged must be refused, not decoded to wrong pixels. */
        UNKNOWN
    }

    /** What comes of the images. */
    public interface Sink {

        /**
         * Takes a prediction.
         *
         * @param path of the image
         * @param probabilities of all classes, to be read absolutely from {@code offset} on, before this returns
         */
        void predicted(String path, FloatBuffer probabilities, int offset);

        /** Takes an image that is none. */
        void rejected(String path, UndecodableImageException why);
    }

    private record Rejected(String path, UndecodableImageException why) {}

    /** A minibatch with what its rows are, and what was refused on the way. */
    private record Loaded(Minibatch minibatch, List<String> paths, List<Rejected> rejected) {}

    private final ServedModel model;
    private final Trust trust;
    private final ImageDecoder decoder = new ImageDecoder();
    private final Minibatch[] minibatches;
    private final FloatBuffer probabilities;
    private final ExecutorService loading = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "prediction-loader");
        thread.setDaemon(true);
        return thread;
    });
    private long computeNanos;

    /** Predicts with a model, which stays the caller's. */
    public BatchPredictor(ServedModel model, Trust trust) {
        this.model = model;
        this.trust = trust;
        this.minibatches = new Minibatch[] {model.newMinibatch(), model.newMinibatch()};
        Minibatch one = minibatches[0];
        this.probabilities = ByteBuffer.allocateDirect(one.capacity() * one.classes() * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /** Predicts every image once. */
    public void predict(Iterator<Example> images, Sink sink) {
        Future<Loaded> next = loading.submit(() -> load(images, minibatches[0]));
        for (int turn = 1; ; turn++) {
            Loaded loaded = await(next);
            loaded.rejected().forEach(one -> sink.rejected(one.path(), one.why()));
            if (loaded.minibatch().size() == 0) {
                return;
            }
            Minibatch free = minibatches[turn % 2];
            next = loading.submit(() -> load(images, free));
            probabilities.clear();
            long started = System.nanoTime();
            model.replica().predict(loaded.minibatch(), probabilities);
            computeNanos += System.nanoTime() - started;
            for (int row = 0; row < loaded.paths().size(); row++) {
                sink.predicted(
                        loaded.paths().get(row),
                        probabilities,
                        row * loaded.minibatch().classes());
            }
        }
    }

    /** Returns how long the network has computed. */
    public long computeNanos() {
        return computeNanos;
    }

    /** Returns how many images a second the network alone computes, on full minibatches of whatever is in memory. */
    public double bareImagesPerSecond(int repetitions) {
        Minibatch full = minibatches[0];
        full.resize(full.capacity());
        long started = System.nanoTime();
        for (int i = 0; i < repetitions; i++) {
            probabilities.clear();
            model.replica().predict(full, probabilities);
        }
        return (double) repetitions * full.capacity() * 1e9 / (System.nanoTime() - started);
    }

    /** Fills a minibatch; fewer images than it has room for mean that these were the last. */
    private Loaded load(Iterator<Example> images, Minibatch minibatch) {
        int values = model.loader().valueCount();
        List<String> paths = new ArrayList<>();
        List<Rejected> rejected = new ArrayList<>();
        while (paths.size() < minibatch.capacity() && images.hasNext()) {
            Example image = images.next();
            try {
                if (trust == Trust.UNKNOWN) {
                    decoder.check(image.encoded());
                }
                model.loader().load(image, 0, minibatch.images(), paths.size() * values);
                paths.add(image.path());
            } catch (UndecodableImageException why) {
                rejected.add(new Rejected(image.path(), why));
            }
        }
        minibatch.resize(paths.size());
        return new Loaded(minibatch, paths, rejected);
    }

    private static Loaded await(Future<Loaded> future) {
        try {
            return future.get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException ours) {
                throw ours;
            }
            throw new IllegalStateException("Loading images failed", failed.getCause());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while images were loaded; predict again", stopped);
        }
    }

    @Override
    public void close() {
        loading.shutdownNow();
    }
}
