package dev.convoke.engine.dl4j;

import dev.convoke.engine.DropoutMask;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.MulOp;
import org.nd4j.linalg.factory.Nd4j;

/** Dropout whose mask is a pure function of the step's key; stands in for DL4J's own in a replica's memory only. */
final class KeyedDropout implements IDropout {

    private static final long serialVersionUID = 1;

    private final StepKey stepKey;
    private final int ordinal;
    private final double retain;
    private transient @Nullable INDArray mask;

    KeyedDropout(StepKey stepKey, int ordinal, double retain) {
        this.stepKey = stepKey;
        this.ordinal = ordinal;
        this.retain = retain;
    }

    @Override
    public INDArray applyDropout(
            INDArray input, INDArray result, int iteration, int epoch, LayerWorkspaceMgr workspaces) {
        INDArray factors = workspaces.createUninitialized(ArrayType.INPUT, DataType.FLOAT, input.shape(), 'c');
        new DropoutMask(stepKey.value(), ordinal, retain)
                .fill(factors.data().asNioFloat().limit(Math.toIntExact(factors.length())));
        // Does nothing on a CPU; on a GPU the mask was written beside the copy that is computed on.
        Nd4j.getAffinityManager().tagLocation(factors, Location.HOST);
        Nd4j.getExecutioner().exec(new MulOp(input, factors, result));
        mask = factors;
        return result;
    }

    @Override
    public INDArray backprop(INDArray gradientAtOutput, INDArray gradientAtInput, int iteration, int epoch) {
        if (mask == null) {
            throw new IllegalStateException("Dropout " + ordinal + " has no mask: backward without a forward pass");
        }
        Nd4j.getExecutioner().exec(new MulOp(gradientAtOutput, mask, gradientAtInput));
        mask = null;
        return gradientAtInput;
    }

    @Override
    public void clear() {
        mask = null;
    }

    @Override
    @SuppressWarnings("MissingSuperCall") // It is as good as immutable between steps, and must keep its key.
    public IDropout clone() {
        return this;
    }
}
