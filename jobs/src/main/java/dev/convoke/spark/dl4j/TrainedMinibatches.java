package dev.convoke.spark.dl4j;

import dev.convoke.engine.dl4j.NativeRuntime;
import java.io.Serializable;
import org.apache.spark.TaskContext;
import org.apache.spark.util.CollectionAccumulator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.spark.api.TrainingHook;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Notes every minibatch that DL4J's workers really train, because its master drops data without a word. Also what loads
 * the native library as we need it, before DL4J touches it.
 */
final class TrainedMinibatches implements TrainingHook {

    private static final long serialVersionUID = 1L;

    private final CollectionAccumulator<Trained> trained;

    /**
     * One trained minibatch.
     *
     * @param worker the partition it was in
     * @param step counts the worker's minibatches of the round
     * @param examples it had
     * @param score its mean loss with the weight-decay term, as DL4J gives it
     */
    record Trained(int worker, int step, long examples, double score) implements Serializable {}

    TrainedMinibatches(CollectionAccumulator<Trained> trained) {
        this.trained = trained;
    }

    @Override
    public void preUpdate(DataSet minibatch, Model model) {
        // Only what was trained counts.
    }

    @Override
    public void postUpdate(DataSet minibatch, Model model) {
        note(minibatch.numExamples(), model);
    }

    @Override
    public void preUpdate(MultiDataSet minibatch, Model model) {
        // Only what was trained counts.
    }

    @Override
    public void postUpdate(MultiDataSet minibatch, Model model) {
        note(minibatch.getFeatures(0).size(0), model);
    }

    private void note(long examples, Model model) {
        int step = ((org.deeplearning4j.nn.graph.ComputationGraph) model)
                        .getConfiguration()
                        .getIterationCount()
                - 1;
        trained.add(new Trained(TaskContext.getPartitionId(), step, examples, model.score()));
    }

    /** Every task brings this hook, so the library is prepared in a process before DL4J's first array is. */
    private Object readResolve() {
        NativeRuntime.prepare();
        return this;
    }
}
