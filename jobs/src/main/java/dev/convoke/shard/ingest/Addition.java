package dev.convoke.shard.ingest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.shard.Split;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.NewerFormatException;
import dev.convoke.storage.StorageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Images of a source that a dataset does not have yet, as a list on disk: a source itself, that can be sharded once or
 * again after a crash and is always the same.
 *
 * @param kind of the source they were found in
 * @param layout what their paths mean
 * @param parts lists of the images, see {@link SourceIndex}
 * @param digests files of one line an image: SHA-256 of its content, a blank, its path
 * @param found how many images the source has
 * @param fresh how many of them are in this list
 */
public record Addition(String kind, Layout layout, List<String> parts, List<String> digests, long found, long fresh) {

    /** Its name in the folder of an addition; written last. */
    public static final String FILE = "addition.json";

    private static final int FORMAT_VERSION = 1;
    private static final int LARGEST_BYTES = 64 << 20;

    /** Copies the lists. */
    public Addition {
        parts = List.copyOf(parts);
        digests = List.copyOf(digests);
    }

    /** Returns whether a folder holds an addition. */
    public static boolean isAt(FileStore store, Location folder) {
        return store.exists(folder.child(FILE));
    }

    /** Writes it into its folder, in which its parts are. */
    public void write(FileStore store, Location folder) {
        ObjectNode root = JsonFields.object();
        root.put("format_version", FORMAT_VERSION);
        root.put("kind", kind);
        root.put("found", found);
        root.put("fresh", fresh);
        root.put("prefix", layout.prefix());
        ArrayNode splits = root.putArray("splits");
        layout.splits().forEach(split -> splits.add(split.folder()));
        layout.classes().forEach(root.putArray("classes")::add);
        parts.forEach(root.putArray("parts")::add);
        digests.forEach(root.putArray("digests")::add);
        store.replace(folder.child(FILE), JsonFields.text(root));
    }

    /** Returns a digest of the names and contents of its images, whatever their order. */
    public String content(FileStores stores) {
        Fingerprint all = Fingerprint.NONE;
        for (String digest : digests) {
            Location file = new Location(digest);
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(stores.of(file).open(file), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    all = all.plus(Fingerprint.of(line, ""));
                }
            } catch (IOException e) {
                throw new StorageException(
                        "Cannot read " + file + " (" + e.getMessage() + "): look at the storage, then try again", e);
            }
        }
        return all.hex();
    }

    /** Reads the addition of a folder. */
    public static Addition read(FileStore store, Location folder) {
        Location file = folder.child(FILE);
        JsonFields root = JsonFields.parse(store.read(file, LARGEST_BYTES), file);
        NewerFormatException.check(file, root.whole("format_version"), FORMAT_VERSION);
        Layout layout = new Layout(
                root.text("prefix"),
                root.texts("splits").stream().map(Split::of).toList(),
                root.texts("classes"));
        return new Addition(
                root.text("kind"),
                layout,
                root.texts("parts"),
                root.texts("digests"),
                root.whole("found"),
                root.whole("fresh"));
    }
}
