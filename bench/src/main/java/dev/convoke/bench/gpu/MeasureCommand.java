package dev.convoke.bench.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import dev.convoke.bench.Row;
import dev.convoke.bench.Table;
import dev.convoke.bench.gpu.NetworkMeasurement.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code measure}: training on the GPU beside PyTorch, each network in turns. */
@Command(
        name = "measure",
        description = "Images a second on the GPU, beside PyTorch eager and compiled, turn by turn.",
        mixinStandardHelpOptions = true)
final class MeasureCommand implements Callable<Integer> {

    /** What fits 80 GB at 224 pixels, in the order of what is worth knowing first. */
    private static final Map<String, Integer> BATCHES = new LinkedHashMap<>();

    static {
        BATCHES.put("resnet34", 256);
        BATCHES.put("alexnet", 1024);
        BATCHES.put("vgg16", 128);
        BATCHES.put("inception-v1", 256);
        BATCHES.put("resnet", 64);
        BATCHES.put("inception-v1-notebook", 32);
    }

    private static final String STATE_OF = "vgg16";

    /** Long enough for torch.compile and the deepest network. */
    private static final long REQUEST_SECONDS = 240;

    /** What of a row is for people; the lines of JSON have all of it. */
    private static final List<String> COLUMNS = List.of(
            "network",
            "contender",
            "batch",
            "images_per_second",
            "min",
            "max",
            "of_eager",
            "of_compiled",
            "tflops",
            "of_matmul_roof",
            "device_mb",
            "load_seconds");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Option(names = "--networks", split = ",", description = "Default: all, ${DEFAULT-VALUE}.")
    private List<String> networks = List.copyOf(BATCHES.keySet());

    @Option(names = "--contenders", split = ",", description = "Default: ${DEFAULT-VALUE}.")
    private List<String> contenders = List.of(
            NetworkMeasurement.OURS,
            NetworkMeasurement.SAME_BITS,
            NetworkMeasurement.EAGER,
            NetworkMeasurement.COMPILED);

    @Option(names = "--batch", description = "Examples of a minibatch (default: what fits 80 GB, by network).")
    private int batch;

    @Option(names = "--precision", description = "bfloat16 or float32 (default: ${DEFAULT-VALUE}).")
    private String precision = "bfloat16";

    @Option(names = "--compile-mode", description = "Of torch.compile (default: its own).")
    private String compileMode = "";

    @Option(names = "--turns", description = "Turns that count (default: ${DEFAULT-VALUE}).")
    private int turns = 5;

    @Option(names = "--seconds", description = "What no longer fits is left out (default: ${DEFAULT-VALUE}).")
    private int seconds = 900;

    @Option(names = "--gpu", description = "The GPU's number (default: ${DEFAULT-VALUE}).")
    private int gpu;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the rows to this file too, one a line.")
    private @Nullable Path json;

    @Option(names = "--folder", description = "Where the networks are (default: the bundle's, the checkout's).")
    private Path folder = GpuFiles.folder();

    @Option(names = "--python", description = "The interpreter that has PyTorch (default: ${DEFAULT-VALUE}).")
    private String python = System.getProperty("convoke.python", "python3");

    @Option(names = "--python-device", hidden = true, description = "cpu tries the peers without a GPU.")
    private String pythonDevice = "cuda";

    private final List<Row> rows = new ArrayList<>();
    private final List<Row> failures = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
        CheckOptions.precision(precision);
        GpuFiles.require(folder);
        long start = System.nanoTime();
        Map<String, JsonPeer> peers = new LinkedHashMap<>();
        try {
            for (String contender : contenders) {
                peers.put(contender, new JsonPeer(contender, command(contender)));
            }
            Roofs roofs = roofs(peers.get(NetworkMeasurement.EAGER));
            long longest = 0;
            for (String name : networks) {
                long left = seconds - (System.nanoTime() - start) / 1_000_000_000;
                if (left < longest || left <= 0) {
                    print(Row.builder()
                            .label("network", name)
                            .label("left_out", "only " + left + " s are left; give it more --seconds")
                            .build());
                    continue;
                }
                long before = System.nanoTime();
                measure(name, peers, roofs, left);
                longest = Math.max(longest, (System.nanoTime() - before) / 1_000_000_000);
            }
        } finally {
            peers.values().forEach(JsonPeer::close);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println();
        out.print(Table.of(rows.stream()
                .filter(row -> row.fields().containsKey("images_per_second"))
                .map(MeasureCommand::forPeople)
                .toList()));
        out.flush();
        return failures.isEmpty() ? 0 : 1;
    }

    private void measure(String name, Map<String, JsonPeer> peers, Roofs roofs, long left) throws InterruptedException {
        MeasuredNetwork network =
                GraphFile.read(GpuFiles.networks(folder).resolve(name + ".json"), MeasuredNetwork.class);
        int size = batch > 0 ? batch : BATCHES.getOrDefault(name, 32);
        new NetworkMeasurement(
                        peers,
                        new Settings(precision, compileMode, turns, Math.min(left, REQUEST_SECONDS)),
                        roofs,
                        this::print)
                .measure(network, size, name.equals(STATE_OF));
    }

    private Roofs roofs(@Nullable JsonPeer peer) throws InterruptedException {
        if (peer == null) {
            return Roofs.UNKNOWN;
        }
        try {
            JsonNode answer = peer.ask(JsonPeer.request("roofs"), 120);
            print(Roofs.row(answer));
            return Roofs.of(answer);
        } catch (IOException e) {
            print(Row.builder()
                    .label("case", "roofs")
                    .label("failure", String.valueOf(e.getMessage()))
                    .build());
            return Roofs.UNKNOWN;
        }
    }

    private List<String> command(String contender) {
        if (NetworkMeasurement.isOurs(contender)) {
            String engine = contender.equals(NetworkMeasurement.SAME_BITS) ? "cuda" : "cuda-fast";
            return GpuWorker.command(new CheckOptions(engine, gpu, folder));
        }
        Path script = GpuFiles.python(folder).resolve("torch_gpu_peer.py");
        return List.of(python, script.toString(), pythonDevice.equals("cuda") ? "cuda:" + gpu : pythonDevice);
    }

    private static Row forPeople(Row row) {
        Map<String, Object> fields = new LinkedHashMap<>(row.fields());
        fields.keySet().retainAll(COLUMNS);
        return new Row(fields);
    }

    /** Prints a row as one line of JSON as soon as it is there, so that a run that is cut off keeps it. */
    private void print(Row row) {
        (row.fields().containsKey("failure") ? failures : rows).add(row);
        String line = GraphFile.text(row.fields());
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
        if (json != null) {
            try {
                List<String> lines = new ArrayList<>();
                for (Row each : rows) {
                    lines.add(GraphFile.text(each.fields()));
                }
                Files.write(json, lines);
            } catch (IOException e) {
                throw new IllegalArgumentException(
                        "Cannot write " + json + ": " + e + "; name a file you can write", e);
            }
        }
    }
}
