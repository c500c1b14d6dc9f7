package dev.convoke.shard;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/** The columns of a shard and what its footer says about itself. */
final class ShardFormat {

    static final String IMAGE = "image";
    static final String BYTES = "bytes";
    static final String PATH = "path";
    static final String LABEL = "label";
    static final String CLASS = "class";
    static final String WIDTH = "width";
    static final String HEIGHT = "height";
    static final String SHA256 = "sha256";

    /** Key in a shard's footer under which its own name in the dataset stands. */
    static final String NAME_KEY = "convoke.shard";

    /** No image is ever missing, but Hugging Face's reader takes only what could be for an image. */
    static final MessageType SCHEMA = Types.buildMessage()
            .optionalGroup()
            .optional(PrimitiveTypeName.BINARY)
            .named(BYTES)
            .optional(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(PATH)
            .named(IMAGE)
            .required(PrimitiveTypeName.INT32)
            .named(LABEL)
            .required(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(CLASS)
            .required(PrimitiveTypeName.INT32)
            .named(WIDTH)
            .required(PrimitiveTypeName.INT32)
            .named(HEIGHT)
            .required(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(SHA256)
            .named("example");

    private ShardFormat() {}

    /**
     * Returns what a reader of examples needs of a shard.
     *
     * @param stored the shard's own schema: in older ones no column can be missing
     */
    static MessageType examples(MessageType stored) {
        return new MessageType("example", stored.getType(IMAGE), stored.getType(LABEL), stored.getType(CLASS));
    }

    /** Returns what tells the images of a shard apart. */
    static MessageType digests(MessageType stored) {
        GroupType image = stored.getType(IMAGE).asGroupType();
        return new MessageType(
                "example",
                new GroupType(image.getRepetition(), IMAGE, image.getType(PATH)),
                stored.getType(LABEL),
                stored.getType(SHA256));
    }

    /**
     * Returns the footer's free entries: the shard's own name, and a description by which Hugging Face's reader knows
     * that {@code image} is an image, and what the classes are called.
     */
    static Map<String, String> footer(String name, List<String> classes) {
        ObjectNode features = JsonNodeFactory.instance.objectNode();
        features.putObject(IMAGE).put("_type", "Image");
        ObjectNode label = features.putObject(LABEL);
        classes.forEach(label.putArray("names")::add);
        label.put("_type", "ClassLabel");
        value(features, CLASS, "string");
        value(features, WIDTH, "int32");
        value(features, HEIGHT, "int32");
        value(features, SHA256, "string");
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.putObject("info").set("features", features);
        // In one order: immutable maps have another in every JVM, and it would reach the file.
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put(NAME_KEY, name);
        entries.put("huggingface", root.toString());
        return entries;
    }

    private static void value(ObjectNode features, String name, String type) {
        features.putObject(name).put("dtype", type).put("_type", "Value");
    }
}
