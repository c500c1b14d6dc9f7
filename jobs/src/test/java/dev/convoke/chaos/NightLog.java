package dev.convoke.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The log of simulated nights: a line of JSON for each. */
final class NightLog {

    private static final ObjectMapper JSON = new ObjectMapper();

    private NightLog() {}

    /**
     * One night, as the log has it.
     *
     * @param codes the exit codes of its processes, in the order in which they were asked
     * @param message why it ended as it did
     * @param champion the version that is served after it
     * @param revision of the dataset after it
     * @param trainingImages of the dataset after it
     * @param heldOut the champion's accuracy on the held-out split, which never changes
     * @param audit the champion's accuracy on photographs no night ever sees
     * @param torn how often a reader found an alias or a version that was not whole
     */
    record Line(
            int night,
            String what,
            List<Integer> codes,
            String outcome,
            String message,
            String champion,
            int revision,
            long trainingImages,
            double heldOut,
            double audit,
            int torn) {}

    /** Returns the nights of a log; none if there is no log. */
    static List<Line> lines(Path log) throws IOException {
        List<Line> lines = new ArrayList<>();
        for (String text : Files.exists(log) ? Files.readAllLines(log) : List.<String>of()) {
            JsonNode node = JSON.readTree(text);
            List<Integer> codes = new ArrayList<>();
            JSON.readTree(node.get("exit_codes").asText()).forEach(code -> codes.add(code.asInt()));
            lines.add(new Line(
                    node.get("night").asInt(),
                    node.get("what").asText(),
                    codes,
                    node.get("outcome").asText(),
                    node.get("message").asText(),
                    node.get("champion").asText(),
                    node.get("revision").asInt(),
                    node.get("training_images").asLong(),
                    node.get("held_out").asDouble(),
                    node.get("audit").asDouble(),
                    node.get("torn").asInt()));
        }
        return lines;
    }
}
