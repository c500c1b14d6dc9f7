package dev.convoke.evaluation.report;

import dev.convoke.shard.ShardedDataset;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes {@code report.html} into a run: one page with everything in it, for a browser without a network. Made from the
 * run's durable files alone, so it can be made again at any time; what is missing is said, not guessed.
 */
public final class RunReport {

    /** Its name in the run directory. */
    public static final String FILE = "report.html";

    private RunReport() {}

    /** Writes the report without images of examples; returns where it is. */
    public static Location write(FileStore store, Location run) {
        return writePage(store, run, new RunReader(store, run).read(null));
    }

    /**
     * Writes the report without images of examples; returns where it is.
     *
     * @param why a sentence for the page, with the remedy
     */
    public static Location withoutImages(FileStore store, Location run, String why) {
        return writePage(store, run, new RunReader(store, run).saying(why).read(null));
    }

    /**
     * Writes the report with images of examples; returns where it is.
     *
     * @param dataset what the run was evaluated on; if it has changed since, no image is shown
     */
    public static Location write(FileStore store, Location run, ShardedDataset dataset) {
        return writePage(store, run, new RunReader(store, run).read(dataset));
    }

    /** Returns the page for input that was put together otherwise. */
    public static byte[] page(ReportInput input) {
        return ReportPage.of(input).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Returns a page that shows runs side by side.
     *
     * @param runs two or more
     */
    public static byte[] comparison(List<RunOverview> runs) {
        return ComparisonPage.of(runs).getBytes(StandardCharsets.UTF_8);
    }

    private static Location writePage(FileStore store, Location run, ReportInput input) {
        Location file = run.child(FILE);
        store.replace(file, page(input));
        return file;
    }
}
