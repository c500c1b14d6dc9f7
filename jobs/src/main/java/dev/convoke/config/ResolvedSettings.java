package dev.convoke.config;

import dev.convoke.storage.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Every key of a recipe with the value it came to, in the order of the documentation.
 *
 * @param values dotted keys to YAML text
 */
public record ResolvedSettings(Map<String, String> values) {

    /**
     * What names a run or says where it lives, watches it or keeps it, but does not change a bit of the model. What a
     * divergence policy has changed stands in the checkpoints' history.
     */
    private static final List<String> WITHOUT_EFFECT =
            List.of("name", "data", "out", "checkpoint.", "evaluation.", "divergence.");

    /** Copies the map, keeping its order. */
    public ResolvedSettings {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Returns YAML, each section once and indented, where its first key stands. */
    String toYaml() {
        Map<String, StringBuilder> sections = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : values.entrySet()) {
            int dot = entry.getKey().indexOf('.');
            String section = dot < 0 ? "" : entry.getKey().substring(0, dot);
            sections.computeIfAbsent(section, name -> new StringBuilder(name.isEmpty() ? "" : name + ":\n"))
                    .append(section.isEmpty() ? "" : "  ")
                    .append(entry.getKey().substring(dot + 1))
                    .append(": ")
                    .append(entry.getValue())
                    .append('\n');
        }
        return String.join("", sections.values());
    }

    static boolean decidesBytes(String key) {
        return WITHOUT_EFFECT.stream().noneMatch(name -> name.endsWith(".") ? key.startsWith(name) : key.equals(name));
    }

    /** Returns the SHA-256 of all keys that decide the result. */
    String digest() {
        String text = values.entrySet().stream()
                .filter(entry -> decidesBytes(entry.getKey()))
                .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
                .sorted()
                .collect(Collectors.joining());
        return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
    }
}
