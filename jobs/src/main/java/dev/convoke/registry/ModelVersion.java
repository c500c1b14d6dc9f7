package dev.convoke.registry;

import dev.convoke.storage.Location;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A registered model. Never changes: what it is and where it comes from are written once, and its files are known by
 * their digests.
 *
 * @param number its number in the registry, from 1; never given twice
 * @param folder where it stands
 * @param registered when it was registered
 * @param origin where it comes from
 * @param metrics figures by name, such as {@code test/top1}
 * @param environment what it was trained with, by name: program, commit, Java, processor
 * @param files its files, below {@code folder}
 */
public record ModelVersion(
        int number,
        Location folder,
        Instant registered,
        Origin origin,
        Map<String, Double> metrics,
        Map<String, String> environment,
        List<StoredFile> files) {

    /** The folder of a version that holds what consumers need: model, labels, preprocessing. */
    public static final String MODEL = "model";

    /** Copies the collections; maps are in the order of their keys. */
    public ModelVersion {
        metrics = Collections.unmodifiableMap(new TreeMap<>(metrics));
        environment = Collections.unmodifiableMap(new TreeMap<>(environment));
        files = List.copyOf(files);
    }

    /**
     * Where a model comes from.
     *
     * @param run the run directory that made it
     * @param architecture the network's name in the catalog and the size of its input, such as {@code alexnet at 96 px}
     * @param digests SHA-256 by what: {@code recipe}, {@code dataset}, {@code checkpoint}
     * @param data what it was trained on
     * @param parents the versions its training started from; empty if it started from random weights
     * @param seed keyed every random choice
     */
    public record Origin(
            String run,
            String architecture,
            Map<String, String> digests,
            TrainedOn data,
            List<Integer> parents,
            long seed) {

        /** Copies the collections. */
        public Origin {
            digests = Collections.unmodifiableMap(new TreeMap<>(digests));
            parents = List.copyOf(parents);
        }
    }

    /**
     * What a model was trained on.
     *
     * @param dataset where the dataset is
     * @param revision which of its revisions
     * @param classes names by label
     * @param perClass examples of each class in the training split, by label
     */
    public record TrainedOn(String dataset, int revision, List<String> classes, List<Long> perClass) {

        /** Copies the lists. */
        public TrainedOn {
            classes = List.copyOf(classes);
            perClass = List.copyOf(perClass);
        }

        /** Returns how many examples the training split had. */
        public long examples() {
            return perClass.stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * One file of a version.
     *
     * @param name below the version's folder
     * @param bytes its length
     * @param sha256 its digest
     */
    public record StoredFile(String name, long bytes, String sha256) {}

    /** Returns how people and rows of predictions call it, such as {@code v000007}. */
    public String name() {
        return nameOf(number);
    }

    /** Returns how a version of a number is called. */
    public static String nameOf(int number) {
        return String.format(Locale.ROOT, "v%06d", number);
    }

    /** Returns the folder that consumers read: {@code model.zip}, {@code labels.json}, {@code preprocessing.json}. */
    public Location model() {
        return folder.child(MODEL);
    }

    /** Returns the length of the model file itself. */
    public long modelBytes() {
        return files.stream()
                .filter(file -> file.name().equals(MODEL + "/model.zip"))
                .mapToLong(StoredFile::bytes)
                .sum();
    }
}
