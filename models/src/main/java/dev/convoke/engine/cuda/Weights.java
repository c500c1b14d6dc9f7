package dev.convoke.engine.cuda;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Dense;
import dev.convoke.engine.plan.Operation.Input;
import dev.convoke.engine.plan.Parameter;
import dev.convoke.engine.plan.Plan;
import dev.convoke.models.ImageShape;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A replica's parameters and their momentum on the GPU, channels last, each array at a multiple of 256 bytes; and,
 * where activations are not float32, the copy of the parameters that a step computes with.
 */
final class Weights implements AutoCloseable {

    private static final int ALIGNMENT = 64;

    private final Map<Parameter, Slot> slots = new LinkedHashMap<>();
    private final DeviceBlock values;
    private final DeviceBlock momentum;
    private final DeviceBlock copy;
    private final int valueBytes;
    private final long count;

    /**
     * How an array stands: there, in the state vector, as {@code [outer, channels, rows, columns]}, here as
     * {@code [outer, rows / block, columns / block, pitch]}, see {@link InputLayout}.
     *
     * @param here values before it, in its memory
     * @param outer filters or units
     * @param channels of the input
     * @param rows of the kernel, or of the image that a dense layer reads
     * @param columns likewise
     * @param block places of each side that stand together
     * @param pitch values from one block to the next
     */
    record Slot(long here, int outer, int channels, int rows, int columns, int block, int pitch) {

        int length() {
            int blocks = InputLayout.blocked(rows, block) * InputLayout.blocked(columns, block);
            return Math.multiplyExact(outer, Math.multiplyExact(blocks, pitch));
        }
    }

    /**
     * Allocates zeros.
     *
     * @param input how the network's input stands
     * @param valueBytes of one activation
     */
    Weights(Plan plan, InputLayout input, int valueBytes) {
        this.valueBytes = valueBytes;
        long next = 0;
        for (Node node : plan.nodes()) {
            for (Parameter parameter : node.parameters()) {
                Slot slot = slot(plan, node, parameter, next, input);
                slots.put(parameter, slot);
                next = aligned(next + slot.length());
            }
        }
        this.count = next;
        this.values = new DeviceBlock(next * Float.BYTES);
        this.momentum = new DeviceBlock(next * Float.BYTES);
        this.copy = new DeviceBlock(valueBytes == Float.BYTES ? 0 : next * valueBytes);
    }

    /** Returns the bytes that the parameters of a plan take, at most. */
    static long bytes(Plan plan, InputLayout input, int valueBytes) {
        long next = 0;
        for (Node node : plan.nodes()) {
            for (Parameter parameter : node.parameters()) {
                next = aligned(next + slot(plan, node, parameter, next, input).length());
            }
        }
        return next * (2L * Float.BYTES + (valueBytes == Float.BYTES ? 0 : valueBytes));
    }

    private static Slot slot(Plan plan, Node node, Parameter parameter, long here, InputLayout input) {
        int length = parameter.segment().length();
        if (parameter.segment().kind() != Kind.WEIGHT) {
            return new Slot(here, 1, length, 1, 1, 1, length);
        }
        Node source = plan.nodes().get(node.inputs().get(0));
        ImageShape read = source.shape();
        if (node.operation() instanceof Convolution convolution) {
            boolean isInput = source.operation() instanceof Input;
            return new Slot(
                    here,
                    convolution.filters(),
                    read.channels(),
                    convolution.window().rows().kernel(),
                    convolution.window().columns().kernel(),
                    isInput ? input.block() : 1,
                    isInput ? input.pitch() : read.channels());
        }
        if (node.operation() instanceof Dense dense) {
            return new Slot(here, dense.units(), read.channels(), read.height(), read.width(), 1, read.channels());
        }
        throw new IllegalStateException("No order is known for the weights of " + node);
    }

    private static long aligned(long count) {
        return (count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    Map<Parameter, Slot> slots() {
        return slots;
    }

    Slot slot(Parameter parameter) {
        Slot slot = slots.get(parameter);
        if (slot == null) {
            throw new IllegalArgumentException("No array for " + parameter + ": it is of another network");
        }
        return slot;
    }

    /** Returns how many values each block has. */
    long count() {
        return count;
    }

    DeviceBlock values() {
        return values;
    }

    DeviceBlock momentum() {
        return momentum;
    }

    /** Returns whether a step computes with a copy in another format. */
    boolean hasCopy() {
        return valueBytes != Float.BYTES;
    }

    DeviceBlock copy() {
        return copy;
    }

    /** Returns the address of an array in float32. */
    long address(Parameter parameter) {
        return values.at(slot(parameter).here() * Float.BYTES);
    }

    long momentumAddress(Parameter parameter) {
        return momentum.at(slot(parameter).here() * Float.BYTES);
    }

    /** Returns the address of an array in the format of activations. */
    long activationAddress(Parameter parameter) {
        return hasCopy() ? copy.at(slot(parameter).here() * valueBytes) : address(parameter);
    }

    long bytes() {
        return values.bytes() + momentum.bytes() + copy.bytes();
    }

    @Override
    public void close() {
        values.close();
        momentum.close();
        copy.close();
    }
}
