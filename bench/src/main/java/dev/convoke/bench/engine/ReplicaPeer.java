package dev.convoke.bench.engine;

import dev.convoke.bench.MadeUpImages;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.onednn.OnednnEngine;
import java.nio.FloatBuffer;
import java.util.OptionalLong;

/** One of this project's engines. */
final class ReplicaPeer implements Peer {

    private final Replica replica;
    private final Minibatch minibatch;
    private final FloatBuffer probabilities;
    private final boolean training;
    private long steps;

    ReplicaPeer(String engine, Precision precision, PeerCase peerCase) {
        this.training = peerCase.training();
        this.replica = peerCase.job(engine, precision).openReplica(peerCase.threads());
        this.minibatch = new Minibatch(peerCase.image(), PeerCase.CLASSES, peerCase.batch());
        minibatch.resize(peerCase.batch());
        for (int i = 0; i < minibatch.images().capacity(); i++) {
            minibatch.images().put(i, MadeUpImages.pixel(i));
        }
        for (int row = 0; row < peerCase.batch(); row++) {
            minibatch.target(row, row % PeerCase.CLASSES, 0);
        }
        this.probabilities = FloatBuffer.allocate(peerCase.batch() * PeerCase.CLASSES);
    }

    @Override
    public OptionalLong compileMilliseconds() {
        return OnednnEngine.compileMilliseconds(replica);
    }

    @Override
    public void compute() {
        if (training) {
            replica.train(minibatch, new Step(PeerCase.LEARNING_RATE, steps));
            steps++;
        } else {
            replica.predict(minibatch, probabilities.clear());
        }
    }
}
