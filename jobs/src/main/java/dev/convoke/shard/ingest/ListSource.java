package dev.convoke.shard.ingest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.SeekableInput;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Images that a list names: CSV with a first line {@code path,label} or {@code path,label,split}, or one JSON object of
 * those fields a line. Paths are relative to the list or whole addresses. An image is called
 * {@code [split/]label/path}. One pass, line by line.
 */
public final class ListSource {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_CLASSES = 100_000;

    private final FileStore store;
    private final Location list;
    private final Set<String> classes = new TreeSet<>();
    private final Set<Split> splits = EnumSet.noneOf(Split.class);
    private long line;
    private boolean withoutSplit;

    /** Describes a list; opens nothing yet. */
    public ListSource(FileStore store, Location list) {
        this.store = store;
        this.list = list;
    }

    /** Whether a file's name is that of a list. */
    public static boolean isList(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".csv") || lower.endsWith(".jsonl");
    }

    /**
     * Passes over the list once.
     *
     * @param each receives every image, of length 0: nothing has asked the storage yet
     * @return what the paths of the images mean
     * @throws UnusableSourceException if a line is not one of such a list; names the line
     */
    public Layout scan(Consumer<SourceImage> each) {
        try (SeekableInput in = store.open(list)) {
            TextLines lines = new TextLines(in);
            boolean json = list.name().toLowerCase(Locale.ROOT).endsWith(".jsonl");
            List<String> columns = json ? List.of() : columns(next(lines));
            for (String text = next(lines); text != null; text = next(lines)) {
                if (!text.isBlank()) {
                    each.accept(json ? fromJson(text) : fromCsv(text, columns));
                }
            }
        } catch (IOException e) {
            throw new StorageException(
                    "Cannot read " + list + " (" + e.getMessage() + "): look at the storage, then shard again", e);
        }
        if (withoutSplit && !splits.isEmpty()) {
            throw refused("gives a split for some images and not for others");
        }
        return new Layout("", List.copyOf(splits), List.copyOf(classes));
    }

    private @Nullable String next(TextLines lines) throws IOException {
        try {
            String text = lines.next();
            line = Math.max(1, lines.number());
            // Some programs begin UTF-8 with the mark that tells kinds of UTF-16 apart.
            return text != null && line == 1 ? text.replace("\uFEFF", "") : text;
        } catch (CharacterCodingException e) {
            line = lines.number();
            throw refused("is no UTF-8 text, or longer than a line can be");
        }
    }

    private List<String> columns(@Nullable String first) {
        List<String> columns = first == null ? List.of() : cells(first);
        if (!columns.contains("path") || !columns.contains("label")) {
            throw refused("does not begin with the line path,label or path,label,split");
        }
        return columns;
    }

    private SourceImage fromCsv(String text, List<String> columns) {
        List<String> cells = cells(text);
        if (cells.size() != columns.size()) {
            throw refused("has " + cells.size() + " cells where the first line has " + columns.size());
        }
        int split = columns.indexOf("split");
        return image(
                cells.get(columns.indexOf("path")),
                cells.get(columns.indexOf("label")),
                split < 0 ? "" : cells.get(split));
    }

    /** RFC 4180, but for line breaks within cells. */
    private List<String> cells(String text) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' && quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                cell.append('"');
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                cells.add(cell.toString().strip());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        if (quoted) {
            throw refused("has a quotation mark that is never closed");
        }
        cells.add(cell.toString().strip());
        return cells;
    }

    private SourceImage fromJson(String text) {
        try {
            JsonNode node = JSON.readTree(text);
            JsonNode label = node.path("label");
            if (!node.path("path").isTextual() || !label.isValueNode()) {
                throw refused("is no object with a path and a label");
            }
            return image(
                    node.path("path").asText(),
                    label.asText(),
                    node.path("split").asText(""));
        } catch (JsonProcessingException e) {
            throw refused("is no JSON");
        }
    }

    private SourceImage image(String path, String label, String split) {
        if (path.isEmpty() || label.isEmpty()) {
            throw refused("has no path or no label");
        }
        String className = PathNames.className(RecordFiles.folderName(label));
        if (classes.add(className) && classes.size() > MOST_CLASSES) {
            throw refused("is where the list passes " + MOST_CLASSES + " labels; are these labels?");
        }
        String prefix = "";
        if (split.isEmpty()) {
            withoutSplit = true;
        } else {
            Split known = Split.ofFolder(split)
                    .orElseThrow(() -> refused("names the split '" + split + "'; use train, validation or test"));
            splits.add(known);
            prefix = known.folder() + "/";
        }
        boolean whole = path.contains("://") || path.startsWith("file:") || path.startsWith("/");
        if (!whole && List.of(path.split("/", -1)).contains("..")) {
            throw refused("leads out of the list's folder with '" + PathNames.escape(path) + "'");
        }
        Location file = whole ? Location.parse(path) : list.parent().child(path);
        return new SourceImage(prefix + className + "/" + PathNames.escape(path), file.uri(), 0, 0);
    }

    private UnusableSourceException refused(String what) {
        return new UnusableSourceException("Line " + line + " of the list " + list + " " + what + ": correct it");
    }
}
