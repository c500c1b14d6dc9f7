package dev.convoke.spark.dl4j;

import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Engines;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayouts;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.FakeKit;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.WorkerKit;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** A real DL4J network of two layers on generated examples. */
record TinyKit(List<Integer> sizes, int batch) implements WorkerKit {

    ComputationGraphConfiguration configuration() {
        ImageShape shape = FakeKit.SHAPE;
        return new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Nesterovs(0.1, 0.9))
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(shape.height(), shape.width(), shape.channels()))
                .addLayer(
                        "hidden",
                        new DenseLayer.Builder()
                                .nOut(5)
                                .activation(Activation.TANH)
                                .build(),
                        "in")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nOut(FakeKit.CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "hidden")
                .setOutputs("out")
                .build();
    }

    @Override
    public StateLayout layout() {
        return StateLayouts.of(configuration());
    }

    @Override
    public Replica openReplica(int threads) {
        return Engines.byName("dl4j").open(configuration(), new ReplicaSettings(threads, batch, Precision.FLOAT32));
    }

    @Override
    public ExampleGroups openExamples() {
        return fake().openExamples();
    }

    @Override
    public ImageLoader openLoader() {
        return fake().openLoader();
    }

    @Override
    public ImageShape imageShape() {
        return FakeKit.SHAPE;
    }

    @Override
    public int classes() {
        return FakeKit.CLASSES;
    }

    private FakeKit fake() {
        return new FakeKit(sizes, SoftmaxReplica.Options.PLAIN);
    }
}
