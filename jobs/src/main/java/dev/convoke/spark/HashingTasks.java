package dev.convoke.spark;

import dev.convoke.data.ImageLimits;
import dev.convoke.shard.ingest.Layout;
import dev.convoke.shard.ingest.RangeReader;
import dev.convoke.shard.ingest.SourceImage;
import dev.convoke.shard.ingest.SourceIndex;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import dev.convoke.storage.StorageException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import org.apache.spark.TaskContext;
import scala.Tuple2;

/**
 * What executors do to tell new images from known ones. Every attempt writes below a folder of its own.
 *
 * @param access to the storage
 * @param folder of the addition
 * @param layout what the source's paths mean
 */
record HashingTasks(StorageAccess access, String folder, Layout layout) implements Serializable {

    private static final long serialVersionUID = 1L;

    /**
     * One part of an addition.
     *
     * @param index where the list of its images is
     * @param digests where their digests are
     * @param images how many
     * @param classes the names of their classes
     */
    record Written(String index, String digests, long images, List<String> classes) implements Serializable {

        private static final long serialVersionUID = 1L;
    }

    /** Returns the images of one part of a source's list by the digest of their content. */
    Iterator<Tuple2<String, SourceImage>> hashed(String part) {
        List<Tuple2<String, SourceImage>> all = new ArrayList<>();
        try (RangeReader reader = new RangeReader(access.stores())) {
            images(part).forEachRemaining(image -> {
                if (isOurs(image)) {
                    all.add(new Tuple2<>(digest(reader, image), image));
                }
            });
        }
        return all.iterator();
    }

    /** What is too large to be read is told by its length, as in a dataset's fingerprint. */
    private static String digest(RangeReader reader, SourceImage image) {
        return image.length() > ImageLimits.DEFAULT.bytes()
                ? Sha256.of(("length " + image.length()).getBytes(StandardCharsets.UTF_8))
                : Sha256.of(reader.read(image));
    }

    /** Returns how many images one part of a source's list has. */
    long count(String part) {
        long count = 0;
        for (Iterator<SourceImage> images = images(part); images.hasNext(); ) {
            count += isOurs(images.next()) ? 1 : 0;
        }
        return count;
    }

    String className(SourceImage image) {
        return layout.place(image.path()).map(Layout.Place::className).orElse("");
    }

    /** Files that stand in no class folder are never taken in. */
    private boolean isOurs(SourceImage image) {
        return layout.place(image.path()).isPresent();
    }

    /** Returns the digests a file of an earlier addition lists. */
    Iterator<Tuple2<String, Boolean>> knownOfList(String file) {
        Location list = new Location(file);
        List<Tuple2<String, Boolean>> digests = new ArrayList<>();
        FileStore store = access.stores().of(list);
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(store.open(list), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                digests.add(new Tuple2<>(line.substring(0, Math.min(64, line.length())), true));
            }
        } catch (IOException e) {
            throw failure("read", list, e);
        }
        return digests.iterator();
    }

    /** Writes one part of an addition, given by digest and class. */
    Iterator<Written> write(Iterator<Tuple2<String, SourceImage>> images) {
        if (!images.hasNext()) {
            return List.<Written>of().iterator();
        }
        TaskContext task = TaskContext.get();
        Location attempt = new Location(folder).child("new-" + task.partitionId() + "-" + task.taskAttemptId());
        Location part = attempt.child("index");
        Location digests = attempt.child("digests.txt");
        TreeSet<String> classes = new TreeSet<>();
        long count = 0;
        FileStore store = access.stores().of(part);
        try (SourceIndex.Writer index = new SourceIndex.Writer(store, part);
                DurableOutput out = store.create(digests);
                BufferedWriter lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8))) {
            while (images.hasNext()) {
                Tuple2<String, SourceImage> image = images.next();
                index.add(image._2());
                lines.write(image._1().substring(0, 64) + " " + image._2().path() + "\n");
                classes.add(className(image._2()));
                count++;
            }
        } catch (IOException e) {
            throw failure("write", digests, e);
        }
        return List.of(new Written(part.uri(), digests.uri(), count, List.copyOf(classes)))
                .iterator();
    }

    private Iterator<SourceImage> images(String part) {
        Location file = new Location(part);
        return SourceIndex.read(access.stores().of(file), file);
    }

    private static StorageException failure(String what, Location file, IOException cause) {
        return new StorageException(
                "Cannot " + what + " " + file + " (" + cause.getMessage() + "): look at the storage, then try again",
                cause);
    }
}
