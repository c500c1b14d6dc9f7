package dev.convoke.registry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.registry.ModelVersion.Origin;
import dev.convoke.registry.ModelVersion.StoredFile;
import dev.convoke.registry.ModelVersion.TrainedOn;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.NewerFormatException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code version.json}, field by field; docs/formats.md describes it. The number is the folder's name. */
final class VersionJson {

    static final String FILE = "version.json";
    static final int LARGEST_BYTES = 16 << 20;

    private static final int FORMAT_VERSION = 1;

    private VersionJson() {}

    static byte[] write(ModelVersion version) {
        ObjectNode root = JsonFields.object();
        root.put("format_version", FORMAT_VERSION);
        root.put("registered_at", version.registered().toString());
        Origin origin = version.origin();
        root.put("run", origin.run());
        root.put("architecture", origin.architecture());
        root.put("seed", origin.seed());
        ArrayNode parents = root.putArray("parents");
        origin.parents().forEach(parents::add);
        ObjectNode digests = root.putObject("sha256");
        origin.digests().forEach(digests::put);
        ObjectNode data = root.putObject("trained_on");
        data.put("dataset", origin.data().dataset())
                .put("revision", origin.data().revision());
        origin.data().classes().forEach(data.putArray("classes")::add);
        origin.data().perClass().forEach(data.putArray("per_class")::add);
        ObjectNode metrics = root.putObject("metrics");
        version.metrics().forEach(metrics::put);
        ObjectNode environment = root.putObject("environment");
        version.environment().forEach(environment::put);
        ArrayNode files = root.putArray("files");
        for (StoredFile file : version.files()) {
            files.addObject()
                    .put("name", file.name())
                    .put("bytes", file.bytes())
                    .put("sha256", file.sha256());
        }
        return JsonFields.text(root);
    }

    static ModelVersion read(byte[] text, int number, Location folder) {
        Location place = folder.child(FILE);
        JsonFields root = JsonFields.parse(text, place);
        NewerFormatException.check(place, root.whole("format_version"), FORMAT_VERSION);
        JsonFields data = root.fields("trained_on");
        TrainedOn trainedOn = new TrainedOn(
                data.text("dataset"), data.integer("revision"), data.texts("classes"), data.wholes("per_class"));
        Origin origin = new Origin(
                root.text("run"),
                root.text("architecture"),
                texts(root.fields("sha256")),
                trainedOn,
                root.wholes("parents").stream().map(Math::toIntExact).toList(),
                root.whole("seed"));
        List<StoredFile> files = new ArrayList<>();
        for (JsonFields file : root.list("files")) {
            files.add(new StoredFile(file.text("name"), file.whole("bytes"), file.text("sha256")));
        }
        Map<String, Double> metrics = new TreeMap<>();
        JsonFields figures = root.fields("metrics");
        figures.names().forEach(name -> metrics.put(name, figures.decimal(name)));
        try {
            return new ModelVersion(
                    number,
                    folder,
                    Instant.parse(root.text("registered_at")),
                    origin,
                    metrics,
                    texts(root.fields("environment")),
                    files);
        } catch (DateTimeException e) {
            throw root.malformed("registered_at is no time");
        }
    }

    private static Map<String, String> texts(JsonFields fields) {
        Map<String, String> texts = new TreeMap<>();
        fields.names().forEach(name -> texts.put(name, fields.text(name)));
        return texts;
    }
}
