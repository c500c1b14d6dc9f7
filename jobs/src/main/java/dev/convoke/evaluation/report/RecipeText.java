package dev.convoke.evaluation.report;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the keys of a stored recipe: sections are indented, as a run writes them. For people; nothing depends on it.
 */
final class RecipeText {

    private RecipeText() {}

    /** Returns dotted keys with their values, in order. */
    static Map<String, String> settings(String yaml) {
        Map<String, String> settings = new LinkedHashMap<>();
        String section = "";
        for (String line : yaml.lines().toList()) {
            int colon = line.indexOf(':');
            if (colon < 1 || line.strip().startsWith("#")) {
                continue;
            }
            String key = line.substring(0, colon).strip();
            String value = line.substring(colon + 1).replaceFirst("\\s+#.*", "").strip();
            boolean inner = line.startsWith(" ");
            if (value.isEmpty() && !inner) {
                section = key + ".";
            } else {
                settings.put(inner ? section + key : key, value);
            }
        }
        return settings;
    }
}
