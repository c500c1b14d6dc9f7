package dev.convoke.shard.ingest;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.util.List;
import java.util.Locale;

/**
 * The files beside a dataset that describe it. What was noticed when images came in cannot be made again, so each
 * revision's figures are kept as long as the revision is.
 */
public final class ReportFiles {

    /** Name of the page in the dataset's folder. */
    public static final String PAGE = "dataset.html";

    /** Name of the figures in the dataset's folder. */
    public static final String FIGURES = "dataset.json";

    /** Name of the list of duplicates in the dataset's folder. */
    public static final String DUPLICATES = "duplicates.jsonl";

    /** Name of the same figures as rows, in the dataset's folder. */
    public static final String ROWS = "figures.jsonl";

    private static final int LARGEST_BYTES = 512 << 20;

    private final FileStore store;
    private final Location dataset;

    /** Describes the files of a dataset. */
    public ReportFiles(FileStore store, Location dataset) {
        this.store = store;
        this.dataset = dataset;
    }

    /** Copies what describes a revision, before the next one replaces it. */
    public void keep(int revision) {
        for (String name : List.of(FIGURES, DUPLICATES)) {
            copy(dataset.child(name), kept(name, revision));
        }
    }

    /**
     * Lets what was kept of a revision describe the dataset again; without what is made from it, which goes first: as
     * long as it is missing, it is to be written anew.
     */
    void bringBack(int revision) {
        store.delete(dataset.child(PAGE));
        store.delete(dataset.child(ROWS));
        for (String name : List.of(FIGURES, DUPLICATES)) {
            copy(kept(name, revision), dataset.child(name));
        }
        drop(revision);
    }

    /** Deletes what was kept of a revision. */
    void drop(int revision) {
        for (String name : List.of(FIGURES, DUPLICATES)) {
            store.delete(kept(name, revision));
        }
    }

    private void copy(Location from, Location to) {
        if (store.exists(from)) {
            store.replace(to, store.read(from, LARGEST_BYTES));
        } else {
            store.delete(to);
        }
    }

    private Location kept(String name, int revision) {
        int dot = name.lastIndexOf('.');
        return dataset.child("revisions/"
                + String.format(Locale.ROOT, "%s-%06d%s", name.substring(0, dot), revision, name.substring(dot)));
    }
}
