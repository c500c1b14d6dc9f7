package dev.convoke.spark;

import dev.convoke.data.Example;
import dev.convoke.data.ImageLimits;
import dev.convoke.data.UndecodableImageException;
import dev.convoke.data.UndecodableImageException.Reason;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.evaluation.BatchPredictor;
import dev.convoke.evaluation.BatchPredictor.Trust;
import dev.convoke.evaluation.EvaluationFailedException;
import dev.convoke.evaluation.ServedModel;
import dev.convoke.shard.PredictionWriter;
import dev.convoke.shard.PredictionWriter.Guess;
import dev.convoke.shard.Quarantine;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardReader;
import dev.convoke.shard.ingest.RangeReader;
import dev.convoke.shard.ingest.SourceImage;
import dev.convoke.shard.ingest.SourceIndex;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.TaskContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What executors do when predicting. Every attempt writes below a folder of its own.
 *
 * @param access to the storage
 * @param job what to predict by
 * @param folder for what is not yet finished
 */
record PredictionTasks(StorageAccess access, PredictionJob job, String folder) implements Serializable {

    private static final long serialVersionUID = 1L;

    /**
     * A share of the images: a range of a list, or row groups of shards.
     *
     * @param list where the list is; empty for shards
     * @param from the first image of the list
     * @param count how many of the list
     * @param dataset where the shards are
     * @param classes of the dataset, by label
     * @param groups the row groups, in order
     */
    record Share(String list, long from, long count, String dataset, List<String> classes, List<Group> groups)
            implements Serializable {

        private static final long serialVersionUID = 1L;

        /** Returns how many images it has. */
        long images() {
            return list.isEmpty() ? groups.stream().mapToLong(Group::rows).sum() : count;
        }
    }

    /** One row group of a shard. */
    record Group(ShardEntry shard, int number) implements Serializable {

        private static final long serialVersionUID = 1L;

        int rows() {
            return shard.groups().get(number).rows();
        }
    }

    /**
     * What came of a share.
     *
     * @param file the predictions; empty if there are none
     * @param sha256 of that file
     * @param rows how many
     * @param rejected lines of the quarantine
     * @param seconds from the first image to the last row
     * @param bareImagesPerSecond of the network alone; 0 if nobody asked
     */
    record Done(
            String file, String sha256, long rows, List<String> rejected, double seconds, double bareImagesPerSecond)
            implements Serializable {

        private static final long serialVersionUID = 1L;
    }

    /**
     * Predicts a share.
     *
     * @param seen counts images as they are read, for people
     */
    Done predict(Share share, int threads, LongAccumulator seen) {
        TaskContext task = TaskContext.get();
        Location file = new Location(folder)
                .child("share-" + task.partitionId() + "-" + task.taskAttemptId())
                .child("part.parquet");
        FileStore modelStore = access.stores().of(job.model());
        ReplicaSettings settings = new ReplicaSettings(threads, job.batch(), Precision.FLOAT32);
        Trust trust = share.list().isEmpty() ? Trust.VERIFIED : Trust.UNKNOWN;
        try (ServedModel model =
                        ServedModel.open(modelStore, job.model(), job.engine(), settings, TaskGpus::ofThisTask);
                BatchPredictor predictor = new BatchPredictor(model, trust, threads);
                RangeReader reader = new RangeReader(access.stores());
                PredictionWriter writer =
                        new PredictionWriter(access.stores().of(file), file, job.version(), job.modelSha256())) {
            // Compiling is not predicting: a first minibatch, whatever is in it, comes before the clock.
            predictor.bareImagesPerSecond(1);
            double before = job.bareRepetitions() == 0 ? 0 : predictor.bareImagesPerSecond(job.bareRepetitions());
            Rows rows = new Rows(writer, model.labels(), job.top());
            long started = System.nanoTime();
            Iterator<Example> images = counted(images(share, reader, rows), seen);
            predictor.predict(images, rows);
            double seconds = (System.nanoTime() - started) / 1e9;
            double after = job.bareRepetitions() == 0 ? 0 : predictor.bareImagesPerSecond(job.bareRepetitions());
            String sha256 = writer.finish();
            return new Done(
                    rows.count == 0 ? "" : file.uri(), sha256, rows.count, rows.lines(), seconds, (before + after) / 2);
        }
    }

    private static Iterator<Example> counted(Iterator<Example> images, LongAccumulator seen) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return images.hasNext();
            }

            @Override
            public Example next() {
                seen.add(1L);
                return images.next();
            }
        };
    }

    private Iterator<Example> images(Share share, RangeReader reader, Rows rows) {
        if (share.list().isEmpty()) {
            Location dataset = new Location(share.dataset());
            return share.groups().stream()
                    .flatMap(group -> {
                        Location file = dataset.child(group.shard().file());
                        return new ShardReader(access.stores().of(file), file, group.shard(), share.classes())
                                .read(group.number()).stream();
                    })
                    .iterator();
        }
        Location list = new Location(share.list());
        Iterable<SourceImage> all = () -> SourceIndex.read(access.stores().of(list), list);
        return StreamSupport.stream(all.spliterator(), false)
                .skip(share.from())
                .limit(share.count())
                .flatMap(image -> read(image, reader, rows))
                .iterator();
    }

    /** What is too large is rejected by its length, unread. */
    private static Stream<Example> read(SourceImage image, RangeReader reader, Rows rows) {
        if (image.length() > ImageLimits.DEFAULT.bytes()) {
            rows.rejected(
                    image.path(),
                    new UndecodableImageException(
                            Reason.TOO_LARGE,
                            image.length() + " bytes, at most " + ImageLimits.DEFAULT.bytes() + " are read"));
            return Stream.of();
        }
        return Stream.of(new Example(image.path(), 0, reader.read(image)));
    }

    /** Writes the rows of a share. */
    private static final class Rows implements BatchPredictor.Sink {

        private final PredictionWriter writer;
        private final List<String> labels;
        private final int top;
        private final ByteArrayOutputStream quarantine = new ByteArrayOutputStream();
        private long count;

        Rows(PredictionWriter writer, List<String> labels, int top) {
            this.writer = writer;
            this.labels = labels;
            this.top = Math.min(top, labels.size());
        }

        @Override
        public void predicted(String path, FloatBuffer probabilities, int offset) {
            int[] best = new int[top];
            int filled = 0;
            for (int c = 0; c < labels.size(); c++) {
                float probability = probabilities.get(offset + c);
                if (!Float.isFinite(probability)) {
                    throw new EvaluationFailedException("The model gives " + path + " the probability " + probability
                            + " for class " + labels.get(c) + ": its parameters are damaged or it diverged");
                }
                int place = filled;
                while (place > 0 && probability > probabilities.get(offset + best[place - 1])) {
                    place--;
                }
                if (place < top) {
                    filled = Math.min(top, filled + 1);
                    System.arraycopy(best, place, best, place + 1, filled - 1 - place);
                    best[place] = c;
                }
            }
            List<Guess> guesses = new ArrayList<>(top);
            for (int label : best) {
                guesses.add(new Guess(label, labels.get(label), probabilities.get(offset + label)));
            }
            writer.write(path, guesses);
            count++;
        }

        /** Called by the reading thread for what is too large, by the predicting one for all else. */
        @Override
        public void rejected(String path, UndecodableImageException why) {
            synchronized (quarantine) {
                try {
                    Quarantine.write(new Quarantine.Entry(path, why.reason().name(), why.detail()), quarantine);
                } catch (IOException e) {
                    throw new UncheckedIOException("Writing to memory failed", e);
                }
            }
        }

        List<String> lines() {
            return quarantine.toString(StandardCharsets.UTF_8).lines().toList();
        }
    }
}
