package dev.convoke.provenance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a run comes from: program, machine, recipe, data. Holds no environment variables, no command line and no user
 * name, so that a run directory can be handed on.
 *
 * @param build the program
 * @param machine the driver's machine
 * @param run the experiment
 */
public record Provenance(BuildInfo build, Machine machine, Run run) {

    /** The file's name in a run directory. */
    public static final String FILE = "provenance.json";

    private static final int FORMAT_VERSION = 1;

    /**
     * What the run is made of.
     *
     * @param engine what computes, with its version
     * @param recipeSha256 digest of the resolved recipe
     * @param datasetSha256 digest of the dataset's manifest
     * @param architectureSha256 digest of the network's configuration
     * @param seed keys every random choice
     * @param started when it started
     * @param software versions of what it runs on, by name: Spark, Hadoop, DL4J
     */
    public record Run(
            String engine,
            String recipeSha256,
            String datasetSha256,
            String architectureSha256,
            long seed,
            Instant started,
            Map<String, String> software) {

        /** Copies the map. */
        public Run {
            software = Map.copyOf(software);
        }
    }

    /** Returns the provenance of a run of this program on this machine. */
    public static Provenance collect(Run run) {
        return new Provenance(BuildInfo.current(), Machine.current(), run);
    }

    /** Returns the content of {@value #FILE}. */
    public byte[] toJson() {
        JsonMapper mapper = new JsonMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("format_version", FORMAT_VERSION);
        root.putObject("convoke")
                .put("version", build.version())
                .put("commit", build.commit())
                .put("modified", build.modified());
        ObjectNode machineNode = root.putObject("machine")
                .put("operating_system", machine.operatingSystem())
                .put("processor", machine.processor())
                .put("cores", machine.cores());
        ArrayNode sets = machineNode.putArray("instruction_sets");
        machine.instructionSets().forEach(sets::add);
        machineNode.put("heap_megabytes", machine.heapMegabytes()).put("java", machine.java());
        root.put("engine", run.engine());
        root.put("seed", run.seed());
        root.put("recipe_sha256", run.recipeSha256());
        root.put("dataset_sha256", run.datasetSha256());
        root.put("architecture_sha256", run.architectureSha256());
        root.put("started_at", run.started().toString());
        ObjectNode software = root.putObject("software");
        new TreeMap<>(run.software()).forEach(software::put);
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        try {
            return (mapper.writer(new DefaultPrettyPrinter().withObjectIndenter(lines))
                                    .writeValueAsString(root)
                            + "\n")
                    .getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree of plain values cannot be written as JSON", e);
        }
    }
}
