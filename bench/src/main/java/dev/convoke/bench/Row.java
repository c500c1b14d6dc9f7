package dev.convoke.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One measurement: its fields in order, each a text, a number or a truth value. The measured figure stands under its
 * own name with the median, and {@code median}, {@code min}, {@code max} and {@code repetitions} beside it.
 *
 * @param fields by name
 */
public record Row(Map<String, Object> fields) {

    /** Copies the fields. */
    public Row {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Returns a row to be filled. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects a row's fields in the order in which they are given. */
    public static final class Builder {

        private final Map<String, Object> fields = new LinkedHashMap<>();

        private Builder() {}

        /** Adds a text, for example the name of a contender. */
        public Builder label(String name, String text) {
            return put(name, text);
        }

        /** Adds a number that describes the case or is derived from its figure. */
        public Builder number(String name, double value) {
            return put(name, value);
        }

        /** Adds a whole number that describes the case or is derived from its figure. */
        public Builder number(String name, long value) {
            return put(name, value);
        }

        /** Adds what the row is about: the median under its name, then median, min, max and repetitions. */
        public Builder figure(String name, Figure figure) {
            put(name, figure.median());
            put("median", figure.median());
            put("min", figure.min());
            put("max", figure.max());
            return put("repetitions", (long) figure.repetitions());
        }

        /** Adds a further measured quantity: the median under its name, and its least and greatest value. */
        public Builder further(String name, Figure figure) {
            put(name, figure.median());
            put(name + "_min", figure.min());
            return put(name + "_max", figure.max());
        }

        /** Returns the row. */
        public Row build() {
            return new Row(fields);
        }

        private Builder put(String name, Object value) {
            if (fields.putIfAbsent(name, value) != null) {
                throw new IllegalArgumentException("The row has '" + name + "' already: " + fields);
            }
            return this;
        }
    }
}
