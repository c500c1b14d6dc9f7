package dev.convoke.shard;

import com.fasterxml.jackson.databind.JsonNode;
import dev.convoke.storage.Location;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads the fields of a JSON object one by one; what is missing or of another kind is named, never guessed. */
final class JsonFields {

    private final JsonNode node;
    private final Location place;

    JsonFields(@Nullable JsonNode node, Location place) {
        this.place = place;
        if (node == null || !node.isObject()) {
            throw new DamagedDatasetException(place + " holds no JSON object: restore it, or shard again", null);
        }
        this.node = node;
    }

    boolean has(String field) {
        return node.has(field);
    }

    String text(String field) {
        return get(field, JsonNode::isTextual, "a text").asText();
    }

    int integer(String field) {
        return get(field, JsonNode::isInt, "a whole number").intValue();
    }

    long number(String field) {
        return get(field, JsonNode::isIntegralNumber, "a whole number").longValue();
    }

    JsonFields object(String field) {
        return new JsonFields(get(field, JsonNode::isObject, "an object"), place);
    }

    JsonNode array(String field) {
        return get(field, JsonNode::isArray, "a list");
    }

    List<JsonFields> objects(String field) {
        return all(field, JsonNode::isObject, item -> new JsonFields(item, place));
    }

    List<String> texts(String field) {
        return all(field, JsonNode::isTextual, JsonNode::asText);
    }

    List<Long> numbers(String field) {
        return all(field, JsonNode::isIntegralNumber, JsonNode::longValue);
    }

    List<Double> decimals(String field) {
        return all(field, JsonNode::isNumber, JsonNode::doubleValue);
    }

    int checksum(String text) {
        try {
            return HexFormat.fromHexDigits(text);
        } catch (IllegalArgumentException e) {
            throw new DamagedDatasetException(
                    place + ": '" + text + "' is no checksum: restore the file, or shard the dataset again", e);
        }
    }

    private <T> List<T> all(String field, Predicate<JsonNode> kind, Function<JsonNode, T> convert) {
        List<T> values = new ArrayList<>();
        for (JsonNode item : array(field)) {
            if (!kind.test(item)) {
                throw damaged("'" + field + "' holds " + item + ", which is of the wrong kind");
            }
            values.add(convert.apply(item));
        }
        return values;
    }

    private JsonNode get(String field, Predicate<JsonNode> kind, String wanted) {
        JsonNode value = node.path(field);
        if (!kind.test(value)) {
            throw damaged("'" + field + "' is " + (value.isMissingNode() ? "missing" : "not " + wanted));
        }
        return value;
    }

    DamagedDatasetException damaged(String what) {
        return new DamagedDatasetException(
                place + ": " + what + ": restore the file, or shard the dataset again", null);
    }
}
