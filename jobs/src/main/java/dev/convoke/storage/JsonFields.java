package dev.convoke.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a JSON object in one of our files, read strictly: a missing field or one of another type is a
 * {@link MalformedFileException} that names file and field. Fields nobody asks for are ignored.
 */
public final class JsonFields {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final JsonNode node;
    private final String where;

    private JsonFields(JsonNode node, String where) {
        if (!node.isObject()) {
            throw new MalformedFileException(where + ": an object is needed here; restore the file", null);
        }
        this.node = node;
        this.where = where;
    }

    /** Parses the text of a whole file. */
    public static JsonFields parse(byte[] text, Location file) {
        try {
            JsonNode node = MAPPER.readTree(text);
            return new JsonFields(node, file.toString());
        } catch (JsonProcessingException e) {
            throw new MalformedFileException(file + ": not JSON (" + e.getOriginalMessage() + "); restore the file", e);
        } catch (IOException e) {
            throw new MalformedFileException(file + ": not JSON (" + e.getMessage() + "); restore the file", e);
        }
    }

    /** Returns a new object to be filled and written. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** Returns the text of an object, indented and ending in a line break; the same for the same content everywhere. */
    public static byte[] text(ObjectNode object) {
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines);
        return (write(object, printer) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the text of an object on one line, without the line break. */
    public static String line(ObjectNode object) {
        return write(object, null);
    }

    /** Returns whether a field is there and not null. */
    public boolean has(String name) {
        return node.hasNonNull(name);
    }

    /** Returns a text. */
    public String text(String name) {
        JsonNode value = value(name);
        if (!value.isTextual()) {
            throw wrong(name, "a text");
        }
        return value.textValue();
    }

    /** Returns a text, or empty if the field is missing or null. */
    public Optional<String> optionalText(String name) {
        return has(name) ? Optional.of(text(name)) : Optional.empty();
    }

    /** Returns a whole number of 64 bits. */
    public long whole(String name) {
        JsonNode value = value(name);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(name, "a whole number");
        }
        return value.longValue();
    }

    /** Returns a whole number of 32 bits. */
    public int integer(String name) {
        long value = whole(name);
        if (value != (int) value) {
            throw wrong(name, "a whole number of at most 32 bits");
        }
        return (int) value;
    }

    /** Returns a number. */
    public double decimal(String name) {
        JsonNode value = value(name);
        if (!value.isNumber()) {
            throw wrong(name, "a number");
        }
        return value.doubleValue();
    }

    /** Returns true or false. */
    public boolean flag(String name) {
        JsonNode value = value(name);
        if (!value.isBoolean()) {
            throw wrong(name, "true or false");
        }
        return value.booleanValue();
    }

    /** Returns an object. */
    public JsonFields fields(String name) {
        return new JsonFields(value(name), where + ", field '" + name + "'");
    }

    /** Returns a list of objects. */
    public List<JsonFields> list(String name) {
        JsonNode value = value(name);
        if (!value.isArray()) {
            throw wrong(name, "a list");
        }
        List<JsonFields> items = new ArrayList<>(value.size());
        for (int i = 0; i < value.size(); i++) {
            items.add(new JsonFields(value.get(i), where + ", field '" + name + "[" + i + "]'"));
        }
        return items;
    }

    /** Returns a list of texts. */
    public List<String> texts(String name) {
        return all(name, JsonNode::isTextual, JsonNode::textValue);
    }

    /** Returns a list of whole numbers of 64 bits. */
    public List<Long> wholes(String name) {
        return all(name, item -> item.isIntegralNumber() && item.canConvertToLong(), JsonNode::longValue);
    }

    /** Returns a list of numbers. */
    public List<Double> decimals(String name) {
        return all(name, JsonNode::isNumber, JsonNode::doubleValue);
    }

    /** Returns a list of anything. */
    public List<JsonNode> items(String name) {
        return all(name, item -> true, item -> item);
    }

    private <T> List<T> all(String name, Predicate<JsonNode> kind, Function<JsonNode, T> convert) {
        JsonNode value = value(name);
        if (!value.isArray()) {
            throw wrong(name, "a list");
        }
        List<T> items = new ArrayList<>(value.size());
        for (JsonNode item : value) {
            if (!kind.test(item)) {
                throw malformed("field '" + name + "' holds " + item + ", which is of the wrong kind");
            }
            items.add(convert.apply(item));
        }
        return items;
    }

    /** Returns what to throw if the fields contradict each other, which only the caller can tell. */
    public MalformedFileException malformed(String what) {
        return new MalformedFileException(where + ": " + what + "; restore the file", null);
    }

    /** Returns the names of all fields, in the file's order. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private JsonNode value(String name) {
        JsonNode value = node.get(name);
        if (value == null || value.isNull()) {
            throw malformed("field '" + name + "' is missing");
        }
        return value;
    }

    private MalformedFileException wrong(String name, String expected) {
        return malformed("field '" + name + "' is not " + expected);
    }

    private static String write(ObjectNode object, @Nullable DefaultPrettyPrinter printer) {
        try {
            return printer == null
                    ? MAPPER.writeValueAsString(object)
                    : MAPPER.writer(printer).writeValueAsString(object);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree of plain values cannot be written as JSON", e);
        }
    }
}
