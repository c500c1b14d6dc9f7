package dev.convoke.shard.ingest;

import dev.convoke.shard.Split;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Images in folders. Finds the classes quickly; the classes can then be listed by many at once. */
public final class FolderSource {

    private FolderSource() {}

    /**
     * Returns the paths of the folders down to the classes, empty ones included, without looking into the classes.
     *
     * @param root where the source is
     */
    public static List<String> folders(FileStore store, Location root) {
        List<String> found = new ArrayList<>();
        String prefix = "";
        while (true) {
            List<String> tops = below(store, root, prefix);
            found.addAll(tops);
            boolean splits = !tops.isEmpty() && tops.stream().allMatch(FolderSource::isSplit);
            if (splits) {
                for (String split : tops) {
                    found.addAll(below(store, root, split + "/"));
                }
            }
            if (splits || tops.size() != 1) {
                return found;
            }
            prefix = tops.get(0) + "/";
        }
    }

    private static boolean isSplit(String folder) {
        return Split.ofFolder(folder.substring(folder.lastIndexOf('/') + 1)).isPresent();
    }

    private static List<String> below(FileStore store, Location root, String prefix) {
        Location folder = prefix.isEmpty() ? root : root.child(prefix.substring(0, prefix.length() - 1));
        List<String> names = new ArrayList<>();
        for (FileEntry entry : store.list(folder)) {
            String name = entry.location().name();
            if (entry.folder() && !PathNames.isHidden(name)) {
                names.add(prefix + name);
            }
        }
        return names;
    }

    /**
     * Returns the folders to list one by one: with {@link #list} of each, every file of the source is seen once.
     *
     * @param folders as {@link #folders} gave them
     */
    public static List<Unit> units(List<String> folders) {
        List<Unit> units = new ArrayList<>();
        units.add(new Unit("", false));
        Set<String> parents = new HashSet<>();
        for (String folder : folders) {
            parents.add(folder.substring(0, Math.max(0, folder.lastIndexOf('/'))));
        }
        for (String folder : folders) {
            units.add(new Unit(folder, !parents.contains(folder)));
        }
        return units;
    }

    /**
     * A folder to list.
     *
     * @param path below the source
     * @param deep whether everything below belongs to it; otherwise only its own files
     */
    public record Unit(String path, boolean deep) implements Serializable {

        private static final long serialVersionUID = 1L;
    }

    /** Lists the files of a unit that are not hidden, sorted by name within each folder. */
    public static void list(FileStore store, Location root, Unit unit, Consumer<SourceImage> each) {
        Location folder = unit.path().isEmpty() ? root : root.child(unit.path());
        String prefix = unit.path().isEmpty() ? "" : unit.path() + "/";
        OddNames odd = new OddNames();
        for (FileEntry entry : store.list(folder)) {
            String name = entry.location().name();
            if (PathNames.isHidden(name)) {
                continue;
            }
            if (!entry.folder()) {
                String path = PathNames.escape(odd.distinct(prefix + name));
                each.accept(new SourceImage(path, entry.location().uri(), 0, entry.bytes()));
            } else if (unit.deep()) {
                list(store, root, new Unit(prefix + name, true), each);
            }
        }
    }
}
