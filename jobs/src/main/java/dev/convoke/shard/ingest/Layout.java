package dev.convoke.shard.ingest;

import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the folders of a source stand for splits and classes: {@code split/class/...} or {@code class/...}, below at most
 * a few folders that hold everything, as archives have them.
 *
 * @param prefix the folders that hold everything, with a slash after each; usually empty
 * @param splits those that are folders; if there are none, the folders are classes
 * @param classes names by label; sorted, but for those that were added to a dataset later
 */
public record Layout(String prefix, List<Split> splits, List<String> classes) implements Serializable {

    private static final long serialVersionUID = 1L;

    /**
     * What a path says about an image.
     *
     * @param split as its folder says, or null where a draw decides
     * @param className name of its class
     */
    public record Place(@Nullable Split split, String className) {}

    /** Copies the lists. */
    public Layout {
        splits = List.copyOf(splits);
        classes = List.copyOf(classes);
    }

    /**
     * Finds the layout of a source.
     *
     * @param folders paths of its folders, also of empty ones, at least down to the classes
     * @param source named in messages
     * @throws UnusableSourceException if there are no folders, or some of them are splits and some are not
     */
    public static Layout of(Collection<String> folders, String source) {
        List<String> visible = folders.stream()
                .filter(folder -> !folder.isEmpty() && !PathNames.hasHiddenPart(folder))
                .map(PathNames::escape)
                .toList();
        String prefix = "";
        while (true) {
            TreeSet<String> tops = names(visible, prefix);
            if (tops.isEmpty()) {
                throw new UnusableSourceException("There are no class folders in " + source
                        + ": put images into class/*.jpg or split/class/*.jpg, split being train, validation or test");
            }
            List<String> splits =
                    tops.stream().filter(top -> Split.ofFolder(top).isPresent()).toList();
            if (splits.size() == tops.size()) {
                TreeSet<String> classes = new TreeSet<>();
                for (String split : splits) {
                    classes.addAll(names(visible, prefix + split + "/"));
                }
                List<Split> found = splits.stream()
                        .flatMap(name -> Split.ofFolder(name).stream())
                        .distinct()
                        .toList();
                return new Layout(prefix, found, classNames(classes, source));
            }
            if (!splits.isEmpty()) {
                String others = tops.stream()
                        .filter(top -> Split.ofFolder(top).isEmpty())
                        .limit(3)
                        .collect(Collectors.joining(", "));
                throw new UnusableSourceException(
                        "The folders of " + source + " are splits (" + String.join(", ", splits)
                                + ") and others (" + others
                                + ") side by side: move the others away, or name the classes so that"
                                + " none is called like a split");
            }
            String only = prefix + tops.first() + "/";
            if (tops.size() > 1 || names(visible, only).isEmpty()) {
                return new Layout(prefix, List.of(), classNames(tops, source));
            }
            prefix = only;
        }
    }

    /** Returns the names of the folders directly below a prefix. */
    private static TreeSet<String> names(List<String> folders, String prefix) {
        TreeSet<String> names = new TreeSet<>();
        for (String folder : folders) {
            if (folder.startsWith(prefix) && folder.length() > prefix.length()) {
                String rest = folder.substring(prefix.length());
                int slash = rest.indexOf('/');
                names.add(slash < 0 ? rest : rest.substring(0, slash));
            }
        }
        return names;
    }

    private static List<String> classNames(Collection<String> folders, String source) {
        List<String> classes = new ArrayList<>();
        for (String folder : folders) {
            String name = PathNames.className(folder);
            if (!classes.contains(name)) {
                classes.add(name);
            }
        }
        if (classes.isEmpty()) {
            throw new UnusableSourceException(
                    "The splits of " + source + " have no class folders: put images into split/class/*.jpg");
        }
        classes.sort(null);
        return classes;
    }

    /** Returns the label of a class. */
    public int label(String className) {
        int place = Collections.binarySearch(classes, className);
        // Classes that came in later stand behind the others: then the list is not sorted as a whole.
        return place >= 0 && classes.get(place).equals(className) ? place : classes.indexOf(className);
    }

    /** Returns this with other labels: the classes of a dataset, among which are all of these. */
    public Layout withClasses(List<String> all) {
        return new Layout(prefix, splits, all);
    }

    /** Returns what a path says, or empty if it stands in no class folder. */
    public Optional<Place> place(String path) {
        if (!path.startsWith(prefix)) {
            return Optional.empty();
        }
        String[] parts = path.substring(prefix.length()).split("/", -1);
        int folders = splits.isEmpty() ? 1 : 2;
        if (parts.length <= folders) {
            return Optional.empty();
        }
        Split split = splits.isEmpty() ? null : Split.ofFolder(parts[0]).orElse(null);
        return Optional.of(new Place(split, PathNames.className(parts[folders - 1])));
    }
}
