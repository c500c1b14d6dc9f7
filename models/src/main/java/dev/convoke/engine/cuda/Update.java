package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cudaMemcpy;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;

import dev.convoke.engine.cuda.Launch.Arguments;
import dev.convoke.engine.cuda.Launch.Grid;
import dev.convoke.engine.plan.Parameter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;

/**
 * The update of all arrays in one launch, at the end of a step: clipping, weight decay and Nesterov momentum as DL4J
 * computes them.
 */
final class Update implements Step {

    private static final int ARRAY_BYTES = 56;
    private static final int PIECE_BYTES = 8;
    private static final int PIECE = 4096;
    private static final int THREADS = 256;

    private final Weights weights;
    private final List<Gradient> gradients = new ArrayList<>();
    private final DeviceBlock arrays;
    private final DeviceBlock pieces;
    private final Kernels kernels;
    private final Device device;
    private final StepBuffers buffers;
    private List<Launch> launches = List.of();

    private record Gradient(Parameter parameter, Region region, boolean isFloat) {}

    Update(Compilation.Parts parts) {
        this.weights = parts.weights();
        this.kernels = parts.kernels();
        this.device = parts.device();
        this.buffers = parts.buffers();
        long most = 0;
        for (Weights.Slot slot : weights.slots().values()) {
            most += (slot.length() + PIECE - 1) / PIECE;
        }
        this.arrays = new DeviceBlock((long) weights.slots().size() * ARRAY_BYTES);
        this.pieces = new DeviceBlock(most * PIECE_BYTES);
    }

    /** Notes the gradient of an array, in float32 or in the format of activations, in the order of its values here. */
    void add(Parameter parameter, Region gradient, boolean isFloat) {
        if (parameter.rate() > 0) {
            gradients.add(new Gradient(parameter, gradient, isFloat));
        }
    }

    /** Returns the memory it reads. */
    Region[] regions() {
        return gradients.stream().map(Gradient::region).toArray(Region[]::new);
    }

    @Override
    public String title() {
        return "update";
    }

    @Override
    public void bind() {
        launches.forEach(Launch::close);
        int count = 0;
        for (Gradient gradient : gradients) {
            count += (weights.slot(gradient.parameter()).length() + PIECE - 1) / PIECE;
        }
        ByteBuffer table = buffer(gradients.size() * ARRAY_BYTES);
        ByteBuffer order = buffer(count * PIECE_BYTES);
        for (int i = 0; i < gradients.size(); i++) {
            put(table, gradients.get(i));
            int length = weights.slot(gradients.get(i).parameter()).length();
            for (int start = 0; start < length; start += PIECE) {
                order.putInt(i).putInt(start);
            }
        }
        upload(table, arrays);
        upload(order, pieces);
        if (count == 0) {
            launches = List.of();
            return;
        }
        Launch launch = new Launch(
                title(),
                kernels.function("update", 1),
                device.stream(),
                new Grid(count, 1, 1, THREADS, 1),
                new Arguments().at(() -> arrays.at(0)).at(() -> pieces.at(0)).at(buffers::settings));
        launch.bind();
        launches = List.of(launch);
    }

    private void put(ByteBuffer table, Gradient gradient) {
        Parameter parameter = gradient.parameter();
        table.putLong(gradient.region().address())
                .putLong(weights.address(parameter))
                .putLong(parameter.momentumOffset() >= 0 ? weights.momentumAddress(parameter) : 0)
                .putLong(weights.hasCopy() ? weights.activationAddress(parameter) : 0)
                .putInt(gradient.isFloat() ? 1 : 0)
                .putInt(weights.slot(parameter).length())
                .putFloat((float) parameter.momentum())
                .putFloat((float) parameter.weightDecay())
                .putFloat((float) parameter.rate())
                .putFloat(parameter.clip() > 0 ? (float) parameter.clip() : Float.MAX_VALUE);
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static void upload(ByteBuffer table, DeviceBlock block) {
        Checks.runtime(
                cudaMemcpy(
                        new Address(block.at(0)),
                        new BytePointer(table.rewind()),
                        table.capacity(),
                        cudaMemcpyHostToDevice),
                "copying the tables of the update");
    }

    @Override
    public void run() {
        launches.forEach(Launch::run);
    }

    @Override
    public void close() {
        launches.forEach(Launch::close);
        arrays.close();
        pieces.close();
    }
}
