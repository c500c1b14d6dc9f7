package dev.convoke.bench.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.bench.Figure;
import dev.convoke.bench.Interleaved;
import dev.convoke.bench.Interleaved.Outcome;
import dev.convoke.bench.Row;
import dev.convoke.bench.engine.PythonNetwork;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** One network in all contenders, turn by turn, on the largest minibatch that all have memory for. */
final class NetworkMeasurement {

    /** This project's two engines, and the two ways of PyTorch, in the order of the rows. */
    static final String OURS = "cuda-fast";

    static final String SAME_BITS = "cuda";
    static final String EAGER = "pytorch";
    static final String COMPILED = "pytorch-compile";

    private static final int WARM_UPS = 1;
    private static final int TRANSFERS = 5;

    private final Map<String, JsonPeer> peers;
    private final Settings settings;
    private final Roofs roofs;
    private final Consumer<Row> rows;

    /**
     * What all networks have in common.
     *
     * @param precision {@code bfloat16} or {@code float32}
     * @param compileMode of torch.compile; empty for its default
     * @param turns that count
     * @param seconds after which a request counts as hanging
     */
    record Settings(String precision, String compileMode, int turns, long seconds) {}

    NetworkMeasurement(Map<String, JsonPeer> peers, Settings settings, Roofs roofs, Consumer<Row> rows) {
        this.peers = peers;
        this.settings = settings;
        this.roofs = roofs;
        this.rows = rows;
    }

    static boolean isOurs(String contender) {
        return contender.equals(OURS) || contender.equals(SAME_BITS);
    }

    /** Measures a network; what a contender fails of is a row too. */
    void measure(MeasuredNetwork network, int largestBatch, boolean withState) throws InterruptedException {
        for (int batch = largestBatch; batch >= 1; batch /= 2) {
            try {
                List<Trainer> trainers = load(network, batch);
                compare(network, batch, trainers);
                for (Trainer trainer : trainers) {
                    if (trainer.name().equals(OURS)) {
                        ours(network, batch, trainer, withState);
                    }
                }
                return;
            } catch (JsonPeer.RefusedException e) {
                rows.accept(Row.builder()
                        .label("network", network.name())
                        .number("batch", batch)
                        .label("halved", oneLine(e))
                        .build());
            }
        }
    }

    /** Loads a network everywhere; who fails for another reason than memory takes no part. */
    private List<Trainer> load(MeasuredNetwork network, int batch)
            throws JsonPeer.RefusedException, InterruptedException {
        List<Trainer> trainers = new ArrayList<>();
        for (Map.Entry<String, JsonPeer> peer : peers.entrySet()) {
            drop(peer.getValue());
        }
        for (Map.Entry<String, JsonPeer> peer : peers.entrySet()) {
            try {
                trainers.add(new Trainer(
                        peer.getKey(),
                        peer.getValue(),
                        request(peer.getKey(), network, batch),
                        batch,
                        settings.seconds()));
            } catch (IOException e) {
                if (e instanceof JsonPeer.RefusedException refused && refused.isForMemory() && batch > 1) {
                    throw refused;
                }
                rows.accept(failure(network, batch, peer.getKey(), oneLine(e)));
            }
        }
        return trainers;
    }

    /** Frees what the network before takes; who cannot be asked says so when it is to load. */
    private void drop(JsonPeer peer) throws InterruptedException {
        try {
            peer.ask(JsonPeer.request("drop"), settings.seconds());
        } catch (IOException e) {
            peer.close();
        }
    }

    private ObjectNode request(String contender, MeasuredNetwork network, int batch) {
        ObjectNode load = JsonPeer.request("load");
        if (isOurs(contender)) {
            return load.put("network", network.name()).put("batch", batch).put("precision", settings.precision());
        }
        ObjectNode python = PythonNetwork.of(network.graph(), network.image(), batch);
        python.put("precision", settings.precision());
        if (!settings.compileMode().isEmpty()) {
            python.put("compile_mode", settings.compileMode());
        }
        return load.put("mode", contender.equals(COMPILED) ? "compile" : "eager")
                .set("case", python);
    }

    private void compare(MeasuredNetwork network, int batch, List<Trainer> trainers) {
        Map<String, Outcome> outcomes = new Interleaved(WARM_UPS, settings.turns()).measure(trainers);
        double flops = network.trainingFlops();
        for (Trainer trainer : trainers) {
            Outcome outcome = outcomes.get(trainer.name());
            if (outcome == null || outcome.figure() == null) {
                rows.accept(failure(
                        network,
                        batch,
                        trainer.name(),
                        outcome == null ? "no figure" : String.valueOf(outcome.error())));
                continue;
            }
            Figure figure = outcome.figure();
            double tflops = figure.median() * flops / 1e12;
            Row.Builder row = start(network, batch, trainer.name()).figure("images_per_second", figure);
            share(row, "of_eager", figure.median(), median(outcomes, EAGER));
            share(row, "of_compiled", figure.median(), median(outcomes, COMPILED));
            row.number("tflops", tflops);
            share(row, "of_matmul_roof", tflops, roofs.matmulTflops());
            rows.accept(row.number("device_mb", trainer.bytes() / 1e6)
                    .number("load_seconds", trainer.loadSeconds())
                    .number("loss", trainer.loss())
                    .build());
        }
    }

    /** What only this project's engine is asked: its way in from the host's memory, and its state out and in. */
    private void ours(MeasuredNetwork network, int batch, Trainer trainer, boolean withState)
            throws InterruptedException {
        try {
            fromHost(network, batch, trainer.fromHost("input"), " from host memory");
            fromHost(network, batch, trainer.fromHost("bytes"), " from bytes in host memory");
            if (withState) {
                state(network, batch, "state");
                state(network, batch, "slices");
            }
        } catch (IOException e) {
            rows.accept(failure(network, batch, OURS + " from host memory", oneLine(e)));
        }
    }

    private void fromHost(MeasuredNetwork network, int batch, Trainer fed, String how) {
        Outcome outcome = new Interleaved(WARM_UPS, settings.turns())
                .measure(List.of(fed))
                .get(OURS);
        if (outcome != null && outcome.figure() != null) {
            rows.accept(start(network, batch, OURS + how)
                    .figure("images_per_second", outcome.figure())
                    .build());
        }
    }

    private void state(MeasuredNetwork network, int batch, String what) throws IOException, InterruptedException {
        JsonPeer peer = peers.get(OURS);
        if (peer == null) {
            return;
        }
        List<Double> out = new ArrayList<>();
        List<Double> in = new ArrayList<>();
        for (int i = 0; i <= TRANSFERS; i++) {
            JsonNode answer = peer.ask(JsonPeer.request(what), settings.seconds());
            // The first touches the host's memory for the first time.
            if (i > 0) {
                double gigabytes = answer.path("state_bytes").asDouble() / 1e9;
                out.add(gigabytes / answer.path("read_seconds").asDouble());
                in.add(gigabytes / answer.path("write_seconds").asDouble());
            }
        }
        Figure read = Figure.of(out);
        Figure written = Figure.of(in);
        Row.Builder row = start(network, batch, OURS + " " + what).further("state_out_gb_per_second", read);
        share(row, "of_link_out", read.median(), roofs.fromDeviceGb());
        row.further("state_in_gb_per_second", written);
        share(row, "of_link_in", written.median(), roofs.toDeviceGb());
        rows.accept(row.build());
    }

    /** Adds a ratio, where what it is of was measured. */
    private static void share(Row.Builder row, String name, double value, double of) {
        if (Double.isFinite(value / of)) {
            row.number(name, value / of);
        }
    }

    private static double median(Map<String, Outcome> outcomes, String name) {
        Outcome outcome = outcomes.get(name);
        return outcome == null || outcome.figure() == null
                ? Double.NaN
                : outcome.figure().median();
    }

    private static String oneLine(Exception e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " | ");
    }

    private Row failure(MeasuredNetwork network, int batch, String contender, String why) {
        return start(network, batch, contender).label("failure", why).build();
    }

    private Row.Builder start(MeasuredNetwork network, int batch, String contender) {
        return Row.builder()
                .label("network", network.name())
                .label("contender", contender)
                .label("precision", settings.precision())
                .number("batch", batch);
    }
}
