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
 * A replica's parameters and their momentum on the GPU, channels last, each array at a multiple of 256 bytes; and, where
 * activations are not float32, the copy of the parameters that a step computes with.
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
     * How an array stands: there, in the state vector, as {@code [outer, channels, places]}, here as
     * {@code [outer, places, pitch]}.
     *
     * @param here values before it, in its block
     * @param outer filters or units
     * @param channels of the input
     * @param places of the kernel, or of the image that a dense layer reads
     * @param pitch values from one place to the next
     */
    record Slot(long here, int outer, int channels, int places, int pitch) {

        int length() {
            return Math.multiplyExact(outer, Math.multiplyExact(places, pitch));
        }
    }

    /**
     * Allocates zeros.
     *
     * @param inputPitch values that stand for one pixel of the network's input
     * @param valueBytes of one activation
     */
    Weights(Plan plan, int inputPitch, int valueBytes) {
        this.valueBytes = valueBytes;
        long next = 0;
        for (Node node : plan.nodes()) {
            for (Parameter parameter : node.parameters()) {
                Slot slot = slot(plan, node, parameter, next, inputPitch);
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
    static long bytes(Plan plan, int inputPitch, int valueBytes) {
        long next = 0;
        for (Node node : plan.nodes()) {
            for (Parameter parameter : node.parameters()) {
                next = aligned(
                        next + slot(plan, node, parameter, next, inputPitch).length());
            }
        }
        return next * (2L * Float.BYTES + (valueBytes == Float.BYTES ? 0 : valueBytes));
    }

    private static Slot slot(Plan plan, Node node, Parameter parameter, long here, int inputPitch) {
        int length = parameter.segment().length();
        if (parameter.segment().kind() != Kind.WEIGHT) {
            return new Slot(here, 1, length, 1, length);
        }
        Node source = plan.nodes().get(node.inputs().get(0));
        ImageShape read = source.shape();
        if (node.operation() instanceof Convolution convolution) {
            int pitch = source.operation() instanceof Input ? inputPitch : read.channels();
            int places = convolution.window().rows().kernel()
                    * convolution.window().columns().kernel();
            return new Slot(here, convolution.filters(), read.channels(), places, pitch);
        }
        if (node.operation() instanceof Dense dense) {
            return new Slot(here, dense.units(), read.channels(), read.height() * read.width(), read.channels());
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
