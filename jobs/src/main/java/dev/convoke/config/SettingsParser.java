package dev.convoke.config;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads YAML into flat settings such as {@code optimizer.momentum}, keeping the line of each. No tags, no aliases, no
 * duplicate keys, bounded size: a recipe is data and nothing else.
 */
final class SettingsParser {

    private static final int LARGEST_CHARACTERS = 65_536;
    private static final int DEEPEST = 4;
    private static final int MOST_SETTINGS = 1_000;
    private static final Set<Tag> PLAIN_TAGS =
            Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.SEQ, Tag.MAP);

    private final String source;
    private final List<String> problems;
    private final Map<String, Setting> settings = new LinkedHashMap<>();

    private SettingsParser(String source, List<String> problems) {
        this.source = source;
        this.problems = problems;
    }

    /**
     * One value and where it was written.
     *
     * @param value the scalar's text, or the elements of a list
     * @param place file and line, or the override as written
     */
    record Setting(List<String> value, boolean list, String place) {}

    /** Returns the settings of a YAML text; what is wrong with it goes to {@code problems}. */
    static Map<String, Setting> parse(String text, String source, List<String> problems) {
        SettingsParser parser = new SettingsParser(source, problems);
        LoadSettings limits = LoadSettings.builder()
                .setLabel(source)
                .setCodePointLimit(LARGEST_CHARACTERS)
                .setMaxAliasesForCollections(0)
                .build();
        try {
            Optional<Node> root = new Compose(limits).composeString(text);
            if (root.isEmpty()) {
                problems.add(source + ": is empty; start from one of conf/recipes/*.yaml");
            } else if (root.get() instanceof MappingNode mapping) {
                parser.flatten("", mapping, 1);
            } else {
                problems.add(source + ": must be keys and values, such as 'architecture: alexnet'");
            }
        } catch (YamlEngineException broken) {
            problems.add(source + ": is not YAML: " + oneLine(String.valueOf(broken.getMessage())));
        }
        return parser.settings;
    }

    /** Puts {@code key=value}, as given to {@code --set}, in the place of what the text says. */
    static void override(Map<String, Setting> values, List<String> overrides, List<String> problems) {
        for (String override : overrides) {
            int equals = override.indexOf('=');
            if (equals < 1) {
                problems.add("--set " + override + ": write key=value, such as --set optimizer.momentum=0.9");
                continue;
            }
            String key = override.substring(0, equals).trim();
            String value = override.substring(equals + 1).trim();
            boolean list = value.startsWith("[") && value.endsWith("]");
            List<String> elements = list
                    ? Arrays.stream(value.substring(1, value.length() - 1).split(",", -1))
                            .map(String::trim)
                            .filter(element -> !element.isEmpty())
                            .toList()
                    : List.of(value);
            values.put(key, new Setting(elements, list, "--set " + override));
        }
    }

    private void flatten(String prefix, MappingNode mapping, int depth) {
        for (NodeTuple tuple : mapping.getValue()) {
            String place = source + ":" + line(tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
                problems.add(place + ": a key must be a plain word");
                continue;
            }
            String key = prefix + keyNode.getValue();
            if (settings.containsKey(key)) {
                problems.add(place + ": '" + key + "' is set twice; keep one");
            } else if (settings.size() >= MOST_SETTINGS || depth > DEEPEST) {
                problems.add(
                        place + ": more than " + MOST_SETTINGS + " settings or " + DEEPEST + " levels; not a recipe");
                return;
            } else {
                add(key, tuple.getValueNode(), place, depth);
            }
        }
    }

    private void add(String key, Node value, String place, int depth) {
        if (!PLAIN_TAGS.contains(value.getTag())) {
            problems.add(place + ": '" + key + "' has the tag " + value.getTag() + "; recipes have no tags, remove it");
        } else if (value instanceof MappingNode mapping) {
            flatten(key + ".", mapping, depth + 1);
        } else if (value instanceof SequenceNode sequence) {
            boolean scalars = sequence.getValue().stream().allMatch(ScalarNode.class::isInstance);
            if (scalars) {
                List<String> elements = sequence.getValue().stream()
                        .map(element -> ((ScalarNode) element).getValue())
                        .collect(Collectors.toList());
                settings.put(key, new Setting(elements, true, place));
            } else {
                problems.add(place + ": '" + key + "' must be a list of plain values");
            }
        } else if (value instanceof ScalarNode scalar) {
            settings.put(key, new Setting(List.of(scalar.getValue()), false, place));
        }
    }

    private static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    static String oneLine(String message) {
        return message.replaceAll("\\s+", " ").trim();
    }
}
