package dev.convoke.bench.averaging;

import dev.convoke.engine.dl4j.NativeRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * DL4J's master as its users call it: one dense layer of as many parameters as the state has values, and one minibatch
 * of one example for each worker, because it cannot run a round without training. No updater state.
 */
final class Dl4jTransport implements Transport {

    private static final int CLASSES = 1000;

    private final SparkComputationGraph network;
    private final JavaRDD<DataSet> examples;

    Dl4jTransport(JavaSparkContext spark, TransportCase which) {
        NativeRuntime.prepare();
        int inputs = which.values() / CLASSES - 1;
        ComputationGraph graph = new ComputationGraph(configuration(inputs));
        graph.init();
        ParameterAveragingTrainingMaster master = new ParameterAveragingTrainingMaster.Builder(which.workers(), 1)
                .batchSizePerWorker(1)
                .averagingFrequency(1)
                .workerPrefetchNumBatches(0)
                .rddTrainingApproach(RDDTrainingApproach.Direct)
                .saveUpdater(true)
                .build();
        this.network = new SparkComputationGraph(spark, graph, master);
        this.examples = spark.parallelize(examples(which.workers(), inputs), which.workers());
    }

    @Override
    public Map<String, Double> round() {
        network.fit(examples);
        return Map.of();
    }

    @Override
    public void close() {
        network.getNetwork().close();
    }

    private static ComputationGraphConfiguration configuration(int inputs) {
        return new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Sgd(1e-6))
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nIn(inputs)
                                .nOut(CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "in")
                .setOutputs("out")
                .build();
    }

    private static List<DataSet> examples(int count, int inputs) {
        List<DataSet> examples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            examples.add(new DataSet(
                    Nd4j.ones(DataType.FLOAT, 1, inputs),
                    Nd4j.ones(DataType.FLOAT, 1, CLASSES).divi(CLASSES)));
        }
        return examples;
    }
}
