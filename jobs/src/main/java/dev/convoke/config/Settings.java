package dev.convoke.config;

import dev.convoke.config.SettingsParser.Setting;
import dev.convoke.models.NearestName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Typed reading of flat settings that never stops at the first mistake: a wrong value is noted as a problem and the
 * default is used, so that one run of the loader reports everything. What nobody asked for is an unknown key.
 */
final class Settings {

    private final Map<String, Setting> settings;
    private final List<String> problems;
    private final String what;
    private final Set<String> known = new LinkedHashSet<>();
    private final Map<String, String> resolved = new LinkedHashMap<>();

    Settings(Map<String, Setting> settings, List<String> problems) {
        this(settings, problems, "a recipe");
    }

    /**
     * Reads settings.
     *
     * @param what they are the settings of, for messages
     */
    Settings(Map<String, Setting> settings, List<String> problems, String what) {
        this.settings = settings;
        this.problems = problems;
        this.what = what;
    }

    String text(String key, String fallback) {
        String text = value(key, fallback, "a word", Function.identity());
        resolved.put(key, quoted(text));
        return text;
    }

    @Nullable
    String textOrNull(String key) {
        known.add(key);
        return has(key) ? text(key, "") : null;
    }

    /** Returns a text that must be there; its lack is a problem. */
    String required(String key, String example) {
        String text = textOrNull(key);
        if (text == null) {
            problem(key, "is missing; write it, such as " + example);
            return "";
        }
        return text;
    }

    /** Returns words, or an empty list. */
    List<String> words(String key) {
        known.add(key);
        Setting setting = settings.get(key);
        List<String> words = setting == null ? List.of() : List.copyOf(setting.value());
        resolved.put(key, "[" + words.stream().map(Settings::quoted).collect(Collectors.joining(", ")) + "]");
        return words;
    }

    @Nullable
    Double decimalOrNull(String key, double smallest, double largest) {
        known.add(key);
        return has(key) ? (Double) decimal(key, smallest, smallest, largest) : null;
    }

    @Nullable
    Integer integerOrNull(String key, int smallest, int largest) {
        known.add(key);
        return has(key) ? (Integer) integer(key, smallest, smallest, largest) : null;
    }

    String choice(String key, String fallback, List<String> choices) {
        String written = text(key, fallback);
        if (!choices.contains(written)) {
            problem(
                    key,
                    "is '" + written + "'; choose one of " + String.join(", ", choices) + " (did you mean '"
                            + NearestName.of(written, choices) + "'?)");
            return fallback;
        }
        return written;
    }

    boolean flag(String key, String fallback) {
        return choice(key, fallback, List.of("true", "false")).equals("true");
    }

    int integer(String key, int fallback, int smallest, int largest) {
        int number = value(key, fallback, "a whole number", text -> Integer.parseInt(text.replace("_", "")));
        if (number < smallest || number > largest) {
            problem(key, "is " + number + "; it must be between " + smallest + " and " + largest);
            return fallback;
        }
        return number;
    }

    long longInteger(String key, long fallback) {
        return value(key, fallback, "a whole number", text -> Long.parseLong(text.replace("_", "")));
    }

    double decimal(String key, double fallback, double smallest, double largest) {
        double number = value(key, fallback, "a number", Double::parseDouble);
        if (!(number >= smallest && number <= largest)) {
            problem(key, "is " + number + "; it must be between " + smallest + " and " + largest);
            return fallback;
        }
        return number;
    }

    List<Double> decimals(String key, List<Double> fallback) {
        known.add(key);
        Setting setting = settings.get(key);
        resolved.put(key, String.valueOf(fallback));
        if (setting == null) {
            return fallback;
        }
        List<Double> numbers = new ArrayList<>();
        resolved.put(key, "[" + String.join(", ", setting.value()) + "]");
        for (String element : setting.value()) {
            try {
                numbers.add(Double.parseDouble(element));
            } catch (NumberFormatException notANumber) {
                problem(key, "has '" + element + "' in its list; write numbers, such as [30, 60]");
            }
        }
        return numbers;
    }

    /** Makes a key known and returns whether it is written; one that is not stays out of what the recipe came to. */
    boolean isOffered(String key) {
        known.add(key);
        return has(key);
    }

    boolean has(String key) {
        return settings.containsKey(key);
    }

    /** Notes what is wrong with a key, with the place it was written. */
    void problem(String key, String what) {
        Setting setting = settings.get(key);
        problems.add((setting == null ? "" : setting.place() + ": ") + "'" + key + "' " + what);
    }

    /** Notes every key nobody asked for, with the nearest one somebody did ask for. Call last. */
    void rejectUnknownKeys() {
        for (Map.Entry<String, Setting> entry : settings.entrySet()) {
            if (!known.contains(entry.getKey())) {
                problem(
                        entry.getKey(),
                        "is not a key of " + what + "; did you mean '" + NearestName.of(entry.getKey(), known) + "'?");
            }
        }
    }

    /** Returns every key that was asked for with the value it came to, as YAML. */
    ResolvedSettings resolved() {
        return new ResolvedSettings(resolved);
    }

    private static String quoted(String text) {
        return text.matches("[A-Za-z0-9_./:@+-]+") ? text : "'" + text.replace("'", "''") + "'";
    }

    private <T> T value(String key, T fallback, String what, Function<String, T> parse) {
        known.add(key);
        Setting setting = settings.get(key);
        resolved.put(key, String.valueOf(fallback));
        if (setting == null) {
            return fallback;
        }
        if (setting.list()) {
            problem(key, "is a list; it must be " + what);
            return fallback;
        }
        String text = setting.value().get(0).trim();
        try {
            if (!text.isEmpty()) {
                T value = parse.apply(text);
                resolved.put(key, String.valueOf(value));
                return value;
            }
            problem(key, "has no value; it must be " + what);
        } catch (NumberFormatException notANumber) {
            problem(key, "is '" + text + "'; it must be " + what);
        }
        return fallback;
    }
}
