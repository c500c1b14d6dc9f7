package dev.convoke.bench.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.bench.Contender;
import java.io.IOException;

/** A peer with a network loaded: each turn trains a block of steps. */
final class Trainer implements Contender {

    /** Long enough that waiting for its end does not count, short enough that contenders take turns often. */
    private static final double BLOCK_SECONDS = 0.3;

    private static final int FIRST_STEPS = 5;

    private final String name;
    private final JsonPeer peer;
    private final int batch;
    private final long seconds;
    private final double loadSeconds;
    private String what = "block";
    private int steps = FIRST_STEPS;
    private double loss;
    private long bytes;

    /**
     * Loads a network.
     *
     * @param load the request that does
     * @param seconds after which a request counts as hanging
     */
    Trainer(String name, JsonPeer peer, ObjectNode load, int batch, long seconds)
            throws IOException, InterruptedException {
        this.name = name;
        this.peer = peer;
        this.batch = batch;
        this.seconds = seconds;
        this.loadSeconds = peer.ask(load, seconds).path("seconds").asDouble();
        fitBlock();
    }

    /**
     * Makes each turn bring its minibatches from the host's memory.
     *
     * @param kind {@code input} for images of float32, {@code bytes} for images of bytes
     */
    Trainer fromHost(String kind) throws IOException, InterruptedException {
        what = kind;
        steps = FIRST_STEPS;
        // The first steps of a kind are compiled, which is no measure of how many fill a block.
        train();
        fitBlock();
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    /** Trains a block and returns images a second. */
    @Override
    public double measure() throws IOException, InterruptedException {
        return batch * (steps / train());
    }

    /** Returns the seconds from the request to the end of the first steps, compilation among them. */
    double loadSeconds() {
        return loadSeconds;
    }

    /** Returns the loss of the last step: a contender that trains on nothing but infinities shows. */
    double loss() {
        return loss;
    }

    /** Returns the device memory the peer holds. */
    long bytes() {
        return bytes;
    }

    private void fitBlock() throws IOException, InterruptedException {
        double taken = train();
        steps = (int) Math.max(1, Math.min(1000, Math.round(BLOCK_SECONDS * steps / Math.max(taken, 1e-6))));
    }

    private double train() throws IOException, InterruptedException {
        JsonNode answer = peer.ask(JsonPeer.request(what).put("steps", steps), seconds);
        loss = answer.path("loss").asDouble();
        bytes = answer.path("bytes").asLong();
        return answer.path("seconds").asDouble();
    }
}
