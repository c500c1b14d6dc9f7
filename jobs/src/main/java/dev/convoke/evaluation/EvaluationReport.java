package dev.convoke.evaluation;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The figures of one evaluation, as they are kept in the run: see docs/formats.md.
 *
 * @param evaluated what was evaluated on what
 * @param headline the figures over all examples
 * @param classes the figures of each class, in label order
 * @param confusion how often each class was taken for each other; read only
 * @param best for each class its example that was recognised most surely, surest first; at most
 *     {@link EvaluationTally#WORST}
 * @param worst the mistakes with the largest loss, worst first
 */
public record EvaluationReport(
        Evaluated evaluated,
        Headline headline,
        List<ClassFigures> classes,
        ConfusionMatrix confusion,
        List<PredictedExample> best,
        List<PredictedExample> worst) {

    /** The folder of a run that holds its evaluations. */
    public static final String FOLDER = "evaluations";

    /** What stands between the split and the round in the name of figures that are not the final ones. */
    private static final String ON_THE_WAY = ".round-";

    /** No evaluation file is longer; even 20,000 classes fit. */
    private static final int LARGEST_BYTES = 1 << 30;

    /**
     * The figures over all examples; NaN where there is no example.
     *
     * @param examples how many
     * @param loss mean cross-entropy in nats
     * @param top1 share whose likeliest class is their own
     * @param top1Interval where the true share lies with 95 % confidence
     * @param top5 share whose own class is among the five likeliest; 1 for five classes or fewer
     */
    public record Headline(long examples, double loss, double top1, Interval top1Interval, double top5) {}

    /**
     * The figures of one class.
     *
     * @param name the class's name
     * @param precision share of its predictions that were right; NaN if it was never predicted
     * @param recall share of its examples that were recognised; NaN if it has none
     * @param support how many examples it has
     */
    public record ClassFigures(String name, double precision, double recall, long support) {}

    /** Copies the lists. */
    public EvaluationReport {
        classes = List.copyOf(classes);
        best = List.copyOf(best);
        worst = List.copyOf(worst);
    }

    /**
     * Returns the figures of a tally.
     *
     * @param names the classes' names, in label order
     */
    public static EvaluationReport of(Evaluated evaluated, List<String> names, EvaluationTally tally) {
        ConfusionMatrix confusion = tally.confusion();
        if (names.size() != confusion.classes()) {
            throw new IllegalArgumentException(
                    "There are " + names.size() + " class names for " + confusion.classes() + " classes");
        }
        List<ClassFigures> classes = new ArrayList<>();
        for (int label = 0; label < names.size(); label++) {
            classes.add(new ClassFigures(
                    names.get(label), confusion.precision(label), confusion.recall(label), confusion.support(label)));
        }
        Interval interval = Interval.wilson(confusion.correct(), tally.examples());
        Headline headline = new Headline(tally.examples(), tally.loss(), tally.top1(), interval, tally.top5());
        List<PredictedExample> best =
                tally.best().stream().limit(EvaluationTally.WORST).toList();
        return new EvaluationReport(evaluated, headline, classes, confusion, best, tally.worst());
    }

    /** Returns the report as JSON. */
    public byte[] toJson() {
        return EvaluationJson.write(this);
    }

    /**
     * Reads a report back.
     *
     * @param file where it stood, for messages
     * @throws dev.convoke.storage.MalformedFileException if this is no evaluation
     * @throws dev.convoke.storage.NewerFormatException if it is of a later format
     */
    public static EvaluationReport fromJson(byte[] json, Location file) {
        return EvaluationJson.read(json, file);
    }

    /** Writes the final figures of a split into a run, in place of older ones; returns where they are. */
    public Location write(FileStore store, Location run) {
        Location file = location(run, evaluated.split());
        store.replace(file, toJson());
        return file;
    }

    /** Writes figures taken on the way into a run, beside those of other rounds; returns where they are. */
    public Location writeOnTheWay(FileStore store, Location run) {
        Location file = location(
                run, String.format(Locale.ROOT, "%s" + ON_THE_WAY + "%06d", evaluated.split(), evaluated.rounds()));
        store.replace(file, toJson());
        return file;
    }

    /** Reads the final figures of a split from a run. */
    public static EvaluationReport read(FileStore store, Location run, String split) {
        return read(store, location(run, split));
    }

    /** Reads all figures of a run that were taken on the way, in the order of splits and rounds. */
    public static List<EvaluationReport> readOnTheWay(FileStore store, Location run) {
        return store.list(run.child(FOLDER)).stream()
                .map(FileEntry::location)
                .filter(file -> file.name().contains(ON_THE_WAY))
                .map(file -> read(store, file))
                .toList();
    }

    private static EvaluationReport read(FileStore store, Location file) {
        return fromJson(store.read(file, LARGEST_BYTES), file);
    }

    /** Returns the report as a table for a console. */
    public String table() {
        return EvaluationTable.of(this);
    }

    private static Location location(Location run, String split) {
        return run.child(FOLDER + "/" + split + ".json");
    }
}
