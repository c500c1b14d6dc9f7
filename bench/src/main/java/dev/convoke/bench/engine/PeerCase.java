package dev.convoke.bench.engine;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.NetworkJob;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * What every peer computes.
 *
 * @param network a name from the catalog
 * @param pixels of a side of the image
 * @param batch examples of a minibatch
 * @param training whether a whole training step, else a prediction
 * @param threads to compute with
 */
public record PeerCase(String network, int pixels, int batch, boolean training, int threads) {

    static final int CLASSES = 10;

    /** What every peer does with a gradient. */
    public static final OptimizerSpec OPTIMIZER = new OptimizerSpec(0.9, 5e-4, 0);

    /** Small enough that no peer's loss runs away on noise, which would make denormal or infinite numbers. */
    public static final double LEARNING_RATE = 1e-4;

    /** Returns what is measured, as rows name it. */
    String phase() {
        return training ? "train" : "predict";
    }

    ImageShape image() {
        return ImageShape.rgb(pixels);
    }

    ComputationGraphConfiguration configuration() {
        return job("auto", Precision.FLOAT32).configuration();
    }

    /** Returns what one of this project's engines is asked to compute. */
    NetworkJob job(String engine, Precision precision) {
        return new NetworkJob(new NetworkSpec(network, image(), CLASSES, null), OPTIMIZER, 1, engine, precision, batch);
    }

    List<String> arguments() {
        return List.of(network, "" + pixels, "" + batch, "" + training, "" + threads);
    }

    static PeerCase parse(List<String> arguments) {
        return new PeerCase(
                arguments.get(0),
                Integer.parseInt(arguments.get(1)),
                Integer.parseInt(arguments.get(2)),
                Boolean.parseBoolean(arguments.get(3)),
                Integer.parseInt(arguments.get(4)));
    }
}
