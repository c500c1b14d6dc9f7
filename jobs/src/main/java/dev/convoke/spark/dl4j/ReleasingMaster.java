package dev.convoke.spark.dl4j;

import org.apache.spark.broadcast.Broadcast;
import org.deeplearning4j.spark.api.WorkerConfiguration;
import org.deeplearning4j.spark.api.worker.NetBroadcastTuple;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingWorker;
import org.jspecify.annotations.Nullable;

/**
 * DL4J's master for exactly one round, whose broadcast can be destroyed after it. DL4J never does, so it leaks one
 * network a round. Subclassed because the broadcast is made inside it.
 */
final class ReleasingMaster extends ParameterAveragingTrainingMaster {

    private final int examplesInAnObject;
    private @Nullable Broadcast<NetBroadcastTuple> sent;

    ReleasingMaster(Builder builder, int examplesInAnObject) {
        super(builder);
        this.examplesInAnObject = examplesInAnObject;
    }

    @Override
    public ParameterAveragingTrainingWorker getWorkerInstance(SparkComputationGraph graph) {
        NetBroadcastTuple tuple = new NetBroadcastTuple(
                graph.getNetwork().getConfiguration(),
                graph.getNetwork().params(),
                graph.getNetwork().getUpdater().getStateViewArray());
        Broadcast<NetBroadcastTuple> broadcast = graph.getSparkContext().broadcast(tuple);
        sent = broadcast;
        WorkerConfiguration configuration = new WorkerConfiguration(
                true, examplesInAnObject, batchSizePerWorker, averagingFrequency, prefetchNumBatches, false);
        return new ParameterAveragingTrainingWorker(
                broadcast, saveUpdater, configuration, trainingHookList, null, null);
    }

    /** Frees the network that was sent to the executors, everywhere. */
    void releaseBroadcast() {
        if (sent != null) {
            sent.destroy();
            sent = null;
        }
    }
}
