package dev.convoke.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.cluster.ClusterSettings;
import dev.convoke.cluster.LocalCluster;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * A cluster of processes for a drill, and what people do with it: {@code bin/convoke-submit} and
 * {@code bin/convoke-node}. Uses the Spark installation that the property {@code convoke.spark.home} names, if it names
 * one.
 */
final class RunningCluster implements AutoCloseable {

    static final Path HOME = Path.of("..").toAbsolutePath().normalize();

    private static final long LIMIT_SECONDS = 240;

    private final ClusterSettings settings;
    private final LocalCluster cluster;
    private final LocalCluster.State state;
    private final Path folder;
    private int commands;

    /**
     * What a command did.
     *
     * @param code it ended with
     * @param text it printed, to either stream
     * @param took until it ended
     */
    record Done(int code, String text, Duration took) {

        /** Returns the lines that are our last word. */
        List<String> lastWords() {
            return text.lines().filter(line -> line.startsWith("convoke: ")).toList();
        }
    }

    private RunningCluster(ClusterSettings settings, Path folder) {
        this.settings = settings;
        this.folder = folder;
        this.cluster = new LocalCluster(settings);
        this.state = cluster.up();
    }

    static RunningCluster start(Path folder, int fakeGpus) {
        return new RunningCluster(
                new ClusterSettings(HOME, folder.resolve("cluster"), 2, 2, 1, 3072, fakeGpus), folder);
    }

    LocalCluster.State state() {
        return state;
    }

    ClusterSettings settings() {
        return settings;
    }

    LocalCluster cluster() {
        return cluster;
    }

    String hdfs(String path) {
        return state.hdfs() + path;
    }

    /** Runs a verb through spark-submit. */
    Done submit(String... arguments) {
        return run(Map.of(), "convoke-submit", arguments);
    }

    /** Runs a verb through spark-submit with more in its environment. */
    Done submitWith(Map<String, String> environment, String... arguments) {
        return run(environment, "convoke-submit", arguments);
    }

    /** Runs a verb through the spark-submit of another place, whose jars the driver serves. */
    Done submitFrom(Path home, String... arguments) {
        return run(home, Map.of("CONVOKE_APP", ""), "convoke-submit", arguments);
    }

    /** Runs one of Hadoop's commands; it must succeed. */
    String hadoop(String... arguments) {
        Done done = run(Map.of(), "convoke-node", arguments);
        assertThat(done.code()).as(done.text()).isZero();
        return done.text();
    }

    /** Returns a JSON file of HDFS, such as {@code /runs/x/run.json}. */
    JsonNode json(String path) {
        return jsonOf(path, "OPEN").orElseThrow(() -> new AssertionError("There is no " + path));
    }

    /** Returns what run.json of a run says of its status, or {@code none}. */
    String status(String run) {
        return jsonOf("/runs/" + run + "/run.json", "OPEN")
                .map(end -> end.get("status").asText())
                .orElse("none");
    }

    /** Returns the digests of the slices of a run's newest checkpoint. */
    List<String> slices(String run) {
        String folder = "/runs/" + run + "/checkpoints";
        TreeSet<String> rounds = new TreeSet<>(names(folder));
        rounds.removeIf(name -> !name.startsWith("round-"));
        List<String> digests = new ArrayList<>();
        json(folder + "/" + rounds.last() + "/manifest.json")
                .get("slices")
                .forEach(slice -> digests.add(slice.get("sha256").asText()));
        return digests;
    }

    /** Returns what is in a folder of HDFS; nothing if it is not there. */
    List<String> names(String folder) {
        return jsonOf(folder, "LISTSTATUS")
                .map(listed -> listed.findValuesAsText("pathSuffix"))
                .orElse(List.of());
    }

    /** Asks the NameNode's own page: a process of Hadoop's for each question would take seconds. */
    private Optional<JsonNode> jsonOf(String path, String operation) {
        URI address = URI.create(page("namenode") + "webhdfs/v1" + path + "?op=" + operation + "&user.name="
                + System.getProperty("user.name"));
        HttpClient client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.ALWAYS)
                .build();
        try {
            HttpResponse<String> answer =
                    client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200
                    ? Optional.of(new ObjectMapper().readTree(answer.body()))
                    : Optional.empty();
        } catch (IOException e) {
            throw new AssertionError("Cannot read " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while " + path + " was read", e);
        }
    }

    /** Returns the address of a node's page. */
    String page(String node) {
        return state.nodes().stream()
                .filter(one -> one.name().equals(node))
                .findFirst()
                .orElseThrow()
                .page();
    }

    private Done run(Map<String, String> more, String script, String... arguments) {
        return run(HOME, more, script, arguments);
    }

    private Done run(Path home, Map<String, String> more, String script, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("bin").resolve(script).toString()));
        command.addAll(Arrays.asList(arguments));
        Path log = folder.resolve("command-" + ++commands + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        Map<String, String> environment = new HashMap<>(more);
        environment.putIfAbsent("SPARK_CONF_DIR", settings.conf().toString());
        environment.putIfAbsent("CONVOKE_APP", "local:" + HOME.resolve("jobs/target/convoke"));
        builder.environment().remove("SPARK_HOME");
        String spark = System.getProperty("convoke.spark.home", "");
        if (!spark.isEmpty() && script.equals("convoke-submit")) {
            builder.environment().put("SPARK_HOME", spark);
        }
        builder.environment().putAll(environment);
        long started = System.nanoTime();
        try {
            Process process = builder.start();
            boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
            Duration took = Duration.ofNanos(System.nanoTime() - started);
            if (!ended) {
                process.destroyForcibly();
            }
            Done done = new Done(ended ? process.exitValue() : -1, Files.readString(log), took);
            System.out.printf(
                    "DRILL %s -> %d in %.1f s %s%n",
                    String.join(" ", command.subList(1, command.size())),
                    done.code,
                    took.toMillis() / 1e3,
                    done.lastWords());
            return done;
        } catch (IOException e) {
            throw new AssertionError("Cannot run " + command, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while " + command + " ran", e);
        }
    }

    @Override
    public void close() {
        assertThat(cluster.down()).as("had to be killed").isEmpty();
    }
}
