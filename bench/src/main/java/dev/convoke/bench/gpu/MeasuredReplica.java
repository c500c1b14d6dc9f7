package dev.convoke.bench.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import dev.convoke.bench.engine.PeerCase;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.Replica.StepResult;
import dev.convoke.engine.cuda.CudaEngine.Choice;
import dev.convoke.engine.cuda.CudaReplica;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** This project's engine as a contender: one network at a time, on minibatches of noise. */
final class MeasuredReplica implements AutoCloseable {

    private static final int WARM_UP_STEPS = 3;

    /** What averaging asks for at once. */
    private static final int SLICE_VALUES = 1 << 20;

    private static final int SLICES_AT_ONCE = 16;

    private final Gpu gpu;
    private final Choice choice;
    private final Path networks;
    private @Nullable Open open;
    private long steps;

    /** A network in device memory, and minibatches that take turns: of float32, and of bytes. */
    private record Open(CudaReplica replica, List<Minibatch> minibatches, List<Minibatch> bytes) {}

    MeasuredReplica(Gpu gpu, Choice choice, Path networks) {
        this.gpu = gpu;
        this.choice = choice;
        this.networks = networks;
    }

    /** Does what a request asks for and returns what it measured. */
    Map<String, Object> answer(JsonNode request) {
        String what = request.path("do").asText();
        if (what.equals("load")) {
            return load(
                    request.path("network").asText(),
                    request.path("batch").asInt(),
                    CheckOptions.precision(request.path("precision").asText()));
        }
        if (what.equals("drop")) {
            close();
            return Map.of();
        }
        Open current = open;
        if (current == null) {
            throw new IllegalStateException("Nothing is loaded to " + what + ": load a network first");
        }
        return switch (what) {
            case "block" -> block(current, request.path("steps").asInt(), List.of());
            case "input" -> block(current, request.path("steps").asInt(), current.minibatches());
            case "bytes" -> block(current, request.path("steps").asInt(), current.bytes());
            case "state" -> state(current, current.replica().layout().valueCount(), 1);
            case "slices" -> state(current, SLICE_VALUES, SLICES_AT_ONCE);
            default -> throw new IllegalArgumentException("No request '" + what + "'");
        };
    }

    @Override
    public void close() {
        Open current = open;
        open = null;
        if (current != null) {
            current.replica().close();
        }
    }

    private Map<String, Object> load(String name, int batch, Precision precision) {
        close();
        MeasuredNetwork network = GraphFile.read(networks.resolve(name + ".json"), MeasuredNetwork.class);
        Scenario scenario = new Scenario(name, network.image(), batch, 1, PeerCase.LEARNING_RATE, network.graph());
        List<Minibatch> minibatches = new ArrayList<>();
        List<Minibatch> bytes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            minibatches.add(scenario.minibatch(i));
            bytes.add(new BytesScenario(scenario).bytes());
        }
        ReplicaSettings settings = new ReplicaSettings(Runtime.getRuntime().availableProcessors(), batch, precision);
        long before = System.nanoTime();
        Open loaded = new Open(CudaReplica.open(gpu, network.graph(), settings, choice), minibatches, bytes);
        open = loaded;
        loaded.replica().writeState(0, FloatBuffer.wrap(scenario.initialState()));
        train(loaded, WARM_UP_STEPS, minibatches);
        StepResult result = train(loaded, WARM_UP_STEPS, List.of());
        return measured(loaded, before, result);
    }

    /**
     * Trains steps on minibatches that are brought to the GPU in turns, or on the one that is there if there are none.
     */
    private Map<String, Object> block(Open current, int count, List<Minibatch> turns) {
        long before = System.nanoTime();
        StepResult result = train(current, count, turns);
        return measured(current, before, result);
    }

    private StepResult train(Open current, int count, List<Minibatch> turns) {
        StepResult result = new StepResult(0, 0, 0);
        for (int i = 0; i < count; i++) {
            Step step = new Step(PeerCase.LEARNING_RATE, steps++);
            result = turns.isEmpty() ? current.replica().trainAgain(step) : trainNext(current, turns, step);
        }
        return result;
    }

    /** Trains as a worker does: the minibatch after this one is known already, also from one block to the next. */
    private static StepResult trainNext(Open current, List<Minibatch> turns, Step step) {
        int turn = (int) (step.dropoutKey() % turns.size());
        current.replica().expect(turns.get((turn + 1) % turns.size()));
        return current.replica().train(turns.get(turn), step);
    }

    private static Map<String, Object> measured(Open current, long before, StepResult result) {
        return Map.of(
                "seconds",
                (System.nanoTime() - before) / 1e9,
                "bytes",
                current.replica().deviceBytes(),
                "loss",
                result.lossSum() / Math.max(1, result.examples()));
    }

    /**
     * Copies the state out of device memory and back, through memory outside the heap.
     *
     * @param most values of a slice
     * @param atOnce slices that are asked for and given back at once, as averaging does with those of its own process
     */
    private static Map<String, Object> state(Open current, int most, int atOnce) {
        int values = current.replica().layout().valueCount();
        FloatBuffer state = ByteBuffer.allocateDirect(Math.multiplyExact(values, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        long before = System.nanoTime();
        for (int from = 0; from < values; from += most * atOnce) {
            current.replica().readState(from, slices(state, from, most, atOnce));
        }
        long between = System.nanoTime();
        for (int from = 0; from < values; from += most * atOnce) {
            current.replica().writeState(from, slices(state, from, most, atOnce));
        }
        // What is written may still be on its way; a read waits for it.
        current.replica().readState(0, state.clear().slice(0, 1));
        long after = System.nanoTime();
        return Map.of(
                "state_bytes",
                (long) values * Float.BYTES,
                "read_seconds",
                (between - before) / 1e9,
                "write_seconds",
                (after - between) / 1e9);
    }

    private static List<FloatBuffer> slices(FloatBuffer state, int from, int most, int atOnce) {
        List<FloatBuffer> slices = new ArrayList<>();
        for (int i = 0; i < atOnce && from + i * most < state.capacity(); i++) {
            int start = from + i * most;
            slices.add(state.clear().slice(start, Math.min(most, state.capacity() - start)));
        }
        return slices;
    }
}
