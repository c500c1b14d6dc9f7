package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_SUCCESS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_BACKEND_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_BOOLEAN;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_FLOAT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_HANDLE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_INT64;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_VOID_PTR;
import static org.bytedeco.cuda.global.cudnn.cudnnBackendCreateDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnBackendDestroyDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnBackendFinalize;
import static org.bytedeco.cuda.global.cudnn.cudnnBackendGetAttribute;
import static org.bytedeco.cuda.global.cudnn.cudnnBackendSetAttribute;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudnn.cudnnBackendDescriptor_t;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** A thing of cuDNN's backend interface: attributes are set, then it is finished, then read or used. */
final class Descriptor implements AutoCloseable {

    private final cudnnBackendDescriptor_t handle = new cudnnBackendDescriptor_t();
    private final String name;

    /**
     * Creates one.
     *
     * @param type cuDNN's number of what it describes
     * @param name what it is, for messages
     */
    Descriptor(int type, String name) {
        this.name = name;
        Checks.dnn(cudnnBackendCreateDescriptor(type, handle), "creating " + name);
    }

    cudnnBackendDescriptor_t handle() {
        return handle;
    }

    Descriptor longs(int attribute, long... values) {
        try (LongPointer array = new LongPointer(values)) {
            return set(attribute, CUDNN_TYPE_INT64, values.length, array);
        }
    }

    /** Sets a value of one of cuDNN's enumerations. */
    Descriptor choice(int attribute, int type, int value) {
        try (IntPointer array = new IntPointer(new int[] {value})) {
            return set(attribute, type, 1, array);
        }
    }

    Descriptor flag(int attribute, boolean value) {
        try (BytePointer array = new BytePointer(new byte[] {(byte) (value ? 1 : 0)})) {
            return set(attribute, CUDNN_TYPE_BOOLEAN, 1, array);
        }
    }

    Descriptor number(int attribute, float value) {
        try (FloatPointer array = new FloatPointer(new float[] {value})) {
            return set(attribute, CUDNN_TYPE_FLOAT, 1, array);
        }
    }

    Descriptor addresses(int attribute, long... values) {
        try (LongPointer array = new LongPointer(values)) {
            return set(attribute, CUDNN_TYPE_VOID_PTR, values.length, array);
        }
    }

    Descriptor library(int attribute, cudnnContext dnn) {
        try (LongPointer array = new LongPointer(new long[] {dnn.address()})) {
            return set(attribute, CUDNN_TYPE_HANDLE, 1, array);
        }
    }

    Descriptor parts(int attribute, List<Descriptor> parts) {
        try (PointerPointer<Pointer> array = pointers(parts)) {
            return set(attribute, CUDNN_TYPE_BACKEND_DESCRIPTOR, parts.size(), array);
        }
    }

    Descriptor part(int attribute, Descriptor part) {
        return parts(attribute, List.of(part));
    }

    /** Finishes it. */
    Descriptor finished() {
        Checks.dnn(cudnnBackendFinalize(handle), "finishing " + name);
        return this;
    }

    /** Finishes it, and returns whether cuDNN can do that. */
    boolean canFinish() {
        return cudnnBackendFinalize(handle) == CUDNN_STATUS_SUCCESS;
    }

    long readLong(int attribute) {
        try (LongPointer value = new LongPointer(1)) {
            Checks.dnn(
                    cudnnBackendGetAttribute(handle, attribute, CUDNN_TYPE_INT64, 1, new long[1], value),
                    "reading " + name);
            return value.get();
        }
    }

    /** Returns at most so many values of one of cuDNN's enumerations. */
    List<Integer> readChoices(int attribute, int type, int most) {
        long[] count = new long[1];
        try (IntPointer values = new IntPointer(most)) {
            Checks.dnn(cudnnBackendGetAttribute(handle, attribute, type, most, count, values), "reading " + name);
            List<Integer> choices = new ArrayList<>();
            for (int i = 0; i < Math.min(count[0], most); i++) {
                choices.add(values.get(i));
            }
            return choices;
        }
    }

    /** Returns at most so many parts, new ones that the caller closes; none if cuDNN knows none. */
    List<Descriptor> readParts(int attribute, int type, String partName, int most) {
        List<Descriptor> parts = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            parts.add(new Descriptor(type, partName));
        }
        long[] count = new long[1];
        int status;
        try (PointerPointer<Pointer> array = pointers(parts)) {
            status = cudnnBackendGetAttribute(handle, attribute, CUDNN_TYPE_BACKEND_DESCRIPTOR, most, count, array);
        }
        int known = status == CUDNN_STATUS_SUCCESS ? (int) Math.min(count[0], most) : 0;
        parts.subList(known, most).forEach(Descriptor::close);
        return new ArrayList<>(parts.subList(0, known));
    }

    private static PointerPointer<Pointer> pointers(List<Descriptor> parts) {
        return new PointerPointer<>(parts.stream().map(part -> part.handle).toArray(Pointer[]::new));
    }

    private Descriptor set(int attribute, int type, long count, Pointer values) {
        Checks.dnn(
                cudnnBackendSetAttribute(handle, attribute, type, count, values),
                "setting attribute " + attribute + " of " + name);
        return this;
    }

    @Override
    public void close() {
        cudnnBackendDestroyDescriptor(handle);
    }
}
