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
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Predicts a stream of images. One thread reads ahead; decoding and computing take turns, each with all threads: beside
 * a network that computes with every core, a decoder would hold up one of its threads and all others would wait for
 * that. Results come in the order of the images, whatever the timing. Used by one thread.
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

    private final ServedModel model;
    private final Trust trust;
    private final ImageDecoder decoder = new ImageDecoder();
    private final Minibatch minibatch;
    private final FloatBuffer probabilities;
    private final int threads;
    private final ExecutorService reading = pool("prediction-reader", 1);
    private final ExecutorService decoding;

    /**
     * Predicts with a model, which stays the caller's.
     *
     * @param threads that decode, as many as the model computes with
     */
    public BatchPredictor(ServedModel model, Trust trust, int threads) {
        this.model = model;
        this.trust = trust;
        this.threads = threads;
        this.decoding = pool("prediction-decoder", threads);
        this.minibatch = model.newMinibatch();
        this.probabilities = ByteBuffer.allocateDirect(minibatch.capacity() * minibatch.classes() * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /** Predicts every image once. */
    public void predict(Iterator<Example> images, Sink sink) {
        Future<List<Example>> next = reading.submit(() -> read(images));
        for (List<Example> read = await(next); !read.isEmpty(); read = await(next)) {
            next = reading.submit(() -> read(images));
            List<Example> loaded = load(read, sink);
            if (loaded.isEmpty()) {
                continue;
            }
            minibatch.resize(loaded.size());
            probabilities.clear();
            model.replica().predict(minibatch, probabilities);
            for (int row = 0; row < loaded.size(); row++) {
                sink.predicted(loaded.get(row).path(), probabilities, row * minibatch.classes());
            }
        }
    }

    /** Returns how many images a second the network alone computes, on full minibatches of whatever is in memory. */
    public double bareImagesPerSecond(int repetitions) {
        minibatch.resize(minibatch.capacity());
        long started = System.nanoTime();
        for (int i = 0; i < repetitions; i++) {
            probabilities.clear();
            model.replica().predict(minibatch, probabilities);
        }
        return (double) repetitions * minibatch.capacity() * 1e9 / (System.nanoTime() - started);
    }

    private List<Example> read(Iterator<Example> images) {
        List<Example> read = new ArrayList<>();
        while (read.size() < minibatch.capacity() && images.hasNext()) {
            read.add(images.next());
        }
        return read;
    }

    /** Decodes into the first rows of the minibatch, one for each image that is one, and returns those. */
    private List<Example> load(List<Example> images, Sink sink) {
        int values = model.loader().valueCount();
        UndecodableImageException[] refused = new UndecodableImageException[images.size()];
        AtomicInteger taken = new AtomicInteger();
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < Math.min(threads, images.size()); thread++) {
            running.add(decoding.submit(() -> {
                for (int i = taken.getAndIncrement(); i < refused.length; i = taken.getAndIncrement()) {
                    refused[i] = loadOne(images.get(i), i * values);
                }
            }));
        }
        running.forEach(BatchPredictor::await);
        List<Example> loaded = new ArrayList<>();
        for (int i = 0; i < refused.length; i++) {
            if (refused[i] != null) {
                sink.rejected(images.get(i).path(), refused[i]);
                continue;
            }
            if (loaded.size() < i) {
                minibatch.images().put(loaded.size() * values, minibatch.images(), i * values, values);
            }
            loaded.add(images.get(i));
        }
        return loaded;
    }

    private @Nullable UndecodableImageException loadOne(Example image, int offset) {
        try {
            if (trust == Trust.UNKNOWN) {
                decoder.check(image.encoded());
            }
            model.loader().load(image, 0, minibatch.images(), offset);
            return null;
        } catch (UndecodableImageException why) {
            return why;
        }
    }

    private static <T> T await(Future<T> future) {
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
        reading.shutdownNow();
        decoding.shutdownNow();
    }

    private static ExecutorService pool(String name, int threads) {
        return Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }
}
