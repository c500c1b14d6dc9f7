package dev.convoke.engine.onednn;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** A step written in Java, over float32 arrays. */
final class Kernel implements Step {

    private final Row row;
    private final List<Tensor> tensors;
    private final Body body;
    private final List<FloatBuffer> buffers = new ArrayList<>();

    /** What it does; the buffers are those of the tensors, in their order, and must be indexed absolutely. */
    @FunctionalInterface
    interface Body {
        void run(List<FloatBuffer> buffers);
    }

    /**
     * Creates the step.
     *
     * @param tensors what it works on; the last is what the listing shows
     */
    Kernel(String layer, String operation, List<Tensor> tensors, Body body) {
        long bytes = tensors.stream().mapToLong(t -> t.layout().bytes()).sum();
        this.row = new Row(
                layer, operation, "java", tensors.get(tensors.size() - 1).layout(), bytes, 0);
        this.tensors = List.copyOf(tensors);
        this.body = body;
    }

    @Override
    public Row row() {
        return row;
    }

    @Override
    public void bind() {
        buffers.clear();
        for (Tensor tensor : tensors) {
            buffers.add(tensor.floats());
        }
    }

    @Override
    public void run() {
        body.run(buffers);
    }
}
