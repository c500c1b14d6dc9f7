package dev.convoke.bench.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.engine.Gpu;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Checks and measures this project's engine in a process of its own: a request a line, as JSON, and its answer. */
public final class GpuWorker {

    private static final ObjectMapper JSON = new ObjectMapper();

    private GpuWorker() {}

    /** Serves until the input ends: the engine, the number of the GPU, the folder with cases and networks. */
    public static void main(String[] arguments) throws IOException {
        PrintStream answers = System.out;
        // Libraries print what they like; answers must stay alone.
        System.setOut(System.err);
        CheckOptions options = CheckOptions.parse(arguments);
        MeasuredReplica measured =
                new MeasuredReplica(new Gpu(options.gpu()), options.choice(), GpuFiles.networks(options.folder()));
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        print(answers, Map.of("ready", true));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            JsonNode request = JSON.readTree(line);
            if (request.path("do").asText().equals("check")) {
                print(
                        answers,
                        options.check(
                                request.path("case").asText(),
                                CheckOptions.precision(request.path("precision").asText())));
            } else {
                print(answers, answer(measured, request));
            }
        }
        System.exit(0);
    }

    /** Returns the command that starts such a process. */
    static List<String> command(CheckOptions options) {
        List<String> command =
                new ArrayList<>(JavaCommand.like(List.of("-Xmx8g", "-XX:-CreateCoredumpOnCrash", "-XX:+UseSerialGC")));
        command.add("-XX:ErrorFile=/dev/null");
        command.addAll(List.of("-cp", System.getProperty("java.class.path", ""), GpuWorker.class.getName()));
        command.addAll(options.arguments());
        return command;
    }

    private static Map<String, Object> answer(MeasuredReplica measured, JsonNode request) {
        try {
            return measured.answer(request);
        } catch (Exception | LinkageError | AssertionError | OutOfMemoryError failure) {
            measured.close();
            String text = CheckResult.text(failure);
            return Map.of("error", text, "memory", text.toLowerCase(Locale.ROOT).contains("memory"));
        }
    }

    private static void print(PrintStream answers, Object answer) {
        answers.println(GraphFile.text(answer));
        answers.flush();
    }
}
