package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_VARIANT_PACK_WORKSPACE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.cudnnBackendExecute;

import java.util.Map;

/** One of cuDNN's ways to compute a convolution. */
final class ConvolutionPlan implements AutoCloseable {

    private final int proposal;
    private final Descriptor configuration;
    private final Descriptor plan;

    /**
     * Takes over what it is given.
     *
     * @param proposal which of cuDNN's proposals it is
     */
    ConvolutionPlan(int proposal, Descriptor configuration, Descriptor plan) {
        this.proposal = proposal;
        this.configuration = configuration;
        this.plan = plan;
    }

    int proposal() {
        return proposal;
    }

    /** Returns the bytes of scratch memory it needs. */
    long workspaceBytes() {
        return plan.readLong(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE);
    }

    /**
     * Says where its arrays are; the caller closes the result.
     *
     * @param arrays addresses by the numbers of {@link ConvolutionGraph}
     * @param workspace address of scratch memory, 0 if it needs none
     */
    static Descriptor places(Map<Long, Long> arrays, long workspace) {
        long[] numbers = arrays.keySet().stream().mapToLong(Long::longValue).toArray();
        long[] places = arrays.values().stream().mapToLong(Long::longValue).toArray();
        return new Descriptor(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, "the places of arrays")
                .longs(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, numbers)
                .addresses(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, places)
                .addresses(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, workspace)
                .finished();
    }

    /** Puts the convolution on the library's stream and returns cuDNN's status. */
    int run(Device device, Descriptor places) {
        return cudnnBackendExecute(device.dnn(), plan.handle(), places.handle());
    }

    @Override
    public void close() {
        plan.close();
        configuration.close();
    }
}
