package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_SUCCESS;

import java.util.LinkedHashMap;
import java.util.Map;

/** Memory to take the time of a convolution in. */
final class ConvolutionTrial implements AutoCloseable {

    private static final int ALIGNMENT = 256;

    private final Device device;
    private final DeviceBlock block;
    private final Map<Long, Long> places = new LinkedHashMap<>();
    private final long workspace;

    ConvolutionTrial(Device device, ConvolutionShape shape, int valueBytes, long workspaceBytes) {
        this.device = device;
        Map<Long, Long> values = new LinkedHashMap<>();
        values.put(ConvolutionGraph.IMAGES, shape.input().values(shape.batch()));
        values.put(ConvolutionGraph.WEIGHTS, shape.weights());
        values.put(ConvolutionGraph.RESULT, shape.output().values(shape.batch()));
        if (shape.after().bias()) {
            values.put(ConvolutionGraph.BIAS, (long) shape.output().channels());
        }
        if (shape.after().residualPitch() > 0) {
            values.put(
                    ConvolutionGraph.RESIDUAL,
                    (long) shape.batch()
                            * shape.output().height()
                            * shape.output().width()
                            * shape.after().residualPitch());
        }
        long bytes = workspaceBytes;
        for (long count : values.values()) {
            bytes += aligned(count * valueBytes);
        }
        this.block = new DeviceBlock(bytes);
        long offset = 0;
        for (Map.Entry<Long, Long> array : values.entrySet()) {
            places.put(array.getKey(), block.at(offset));
            offset += aligned(array.getValue() * valueBytes);
        }
        this.workspace = block.at(offset);
    }

    /** Returns what a way takes, or more than anything if it cannot run after all. */
    float milliseconds(ConvolutionPlan plan, int runs) {
        try (Descriptor arrays = ConvolutionPlan.places(places, workspace)) {
            if (plan.run(device, arrays) != CUDNN_STATUS_SUCCESS) {
                return Float.MAX_VALUE;
            }
            return device.milliseconds(() -> Checks.dnn(plan.run(device, arrays), "trying a convolution"), runs);
        }
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    @Override
    public void close() {
        device.finish("trying convolutions");
        block.close();
    }
}
