package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cudaMemcpy;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.cuda.Launch.Arguments;
import dev.convoke.engine.cuda.Launch.Grid;
import dev.convoke.engine.cuda.Weights.Slot;
import dev.convoke.engine.plan.Parameter;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.LongPointer;
import org.jspecify.annotations.Nullable;

/**
 * The state on the GPU in DL4J's order, as averaging and checkpoints speak it. Parameters and momentum stand there
 * until the first step, and again whenever somebody asks for them; between, they stand as steps compute with them.
 */
final class StateVector implements AutoCloseable {

    private static final int ORDER_BYTES = 40;
    private static final int BLOCKS = 256;
    private static final int THREADS = 256;

    private final Device device;
    private final Kernels kernels;
    private final DeviceBlock block;
    private final HostStaging staging;
    private @Nullable Weights weights;
    private @Nullable DeviceBlock orders;
    private final List<Step> toState = new ArrayList<>();
    private final List<Step> fromState = new ArrayList<>();
    private boolean isNewer = true;
    private boolean isOlder;

    StateVector(Device device, Kernels kernels, StateLayout layout, int threads) {
        this.device = device;
        this.kernels = kernels;
        this.block = new DeviceBlock((long) layout.valueCount() * Float.BYTES);
        try {
            this.staging = new HostStaging(device, block, threads);
        } catch (RuntimeException failed) {
            block.close();
            throw failed;
        }
    }

    /** Says where parameters and momentum stand when steps compute with them. */
    void attach(Weights settled) {
        weights = settled;
        List<Long> values = new ArrayList<>();
        List<Long> momenta = new ArrayList<>();
        for (Map.Entry<Parameter, Slot> entry : settled.slots().entrySet()) {
            Parameter parameter = entry.getKey();
            add(values, parameter.segment().offset(), entry.getValue());
            if (parameter.momentumOffset() >= 0) {
                add(momenta, parameter.momentumOffset(), entry.getValue());
            }
        }
        DeviceBlock table = new DeviceBlock((long) (values.size() + momenta.size()) * Long.BYTES);
        orders = table;
        long second = (long) values.size() * Long.BYTES;
        copyTable(values, table.at(0));
        copyTable(momenta, table.at(second));
        int longs = ORDER_BYTES / Long.BYTES;
        for (boolean out : new boolean[] {true, false}) {
            List<Step> steps = out ? toState : fromState;
            steps.add(reorder(settled.values(), table.at(0), values.size() / longs, out));
            if (!momenta.isEmpty()) {
                steps.add(reorder(settled.momentum(), table.at(second), momenta.size() / longs, out));
            }
            steps.forEach(Step::bind);
        }
        if (settled.hasCopy()) {
            Step copy = new Launch(
                    "copying the parameters",
                    kernels.function("narrow_all", 1),
                    device.stream(),
                    Grid.of(settled.count()),
                    new Arguments()
                            .at(() -> settled.values().at(0))
                            .at(() -> settled.copy().at(0))
                            .ints(Math.toIntExact(settled.count())));
            copy.bind();
            fromState.add(copy);
        }
    }

    /** An order as the kernel reads it: two longs, six ints. */
    private static void add(List<Long> table, long there, Slot slot) {
        table.add(there);
        table.add(slot.here());
        table.add(slot.outer() | (long) slot.channels() << 32);
        table.add(slot.rows() | (long) slot.columns() << 32);
        table.add(slot.block() | (long) slot.pitch() << 32);
    }

    private static void copyTable(List<Long> table, long to) {
        try (LongPointer values =
                new LongPointer(table.stream().mapToLong(Long::longValue).toArray())) {
            Checks.runtime(
                    cudaMemcpy(new Address(to), values, (long) table.size() * Long.BYTES, cudaMemcpyHostToDevice),
                    "copying the order of the state");
        }
    }

    private Step reorder(DeviceBlock own, long table, int arrays, boolean out) {
        return new Launch(
                "reordering the state",
                kernels.function("reorder", 1),
                device.stream(),
                new Grid(BLOCKS, arrays, 1, THREADS, 1),
                new Arguments()
                        .at(() -> block.at(0))
                        .at(() -> own.at(0))
                        .at(() -> table)
                        .ints(out ? 1 : 0));
    }

    /** Copies values out. */
    void read(int offset, List<FloatBuffer> targets) {
        settle();
        staging.read(offset, targets);
    }

    /** Replaces values. */
    void write(int offset, List<FloatBuffer> sources) {
        settle();
        staging.write(offset, sources);
        isNewer = true;
    }

    /** Brings what steps have changed to where it is read and written. */
    private void settle() {
        if (isOlder) {
            toState.forEach(Step::run);
            staging.forget();
            isOlder = false;
        }
    }

    /** Brings what was written to where steps compute with it. */
    void finish() {
        if (isNewer) {
            fromState.forEach(Step::run);
            isNewer = false;
        }
    }

    /** Says that a step has changed what stands outside of this vector. */
    void changed() {
        isOlder = true;
    }

    long bytes() {
        return block.bytes() + (weights == null ? 0 : weights.bytes());
    }

    @Override
    public void close() {
        toState.forEach(Step::close);
        fromState.forEach(Step::close);
        if (orders != null) {
            orders.close();
        }
        staging.close();
        block.close();
    }
}
