package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cudaFreeHost;
import static org.bytedeco.cuda.global.cudart.cudaHostAlloc;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;

import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.models.ImageShape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** What goes into a step and comes out of it: a minibatch, the step's settings, what it saw; shared by all programs. */
final class StepBuffers implements AutoCloseable {

    private static final int SETTINGS_BYTES = 40;
    private static final int IMAGES = 16;
    private static final int TARGETS = 24;
    private static final int RECIPE = 32;
    private static final int SEEN_BYTES = 16;
    private static final int KEY = 8;
    private static final int RIGHT = 8;

    private final Device device;
    private final InputSlots inputs;
    private final DeviceBlock probabilities;
    private final DeviceBlock settings;
    private final DeviceBlock seen;
    private final Pointer hostSettings = new Pointer();
    private final Pointer hostSeen = new Pointer();
    private final int classes;

    StepBuffers(Device device, ImageShape image, int classes, int batch) {
        this.device = device;
        this.classes = classes;
        this.inputs = new InputSlots(device, image, classes, batch);
        this.probabilities = new DeviceBlock((long) batch * classes * Float.BYTES);
        this.settings = new DeviceBlock(SETTINGS_BYTES);
        this.seen = new DeviceBlock(SEEN_BYTES);
        Checks.runtime(cudaHostAlloc(hostSettings, SETTINGS_BYTES, 0), "allocating pinned memory");
        Checks.runtime(cudaHostAlloc(hostSeen, SEEN_BYTES, 0), "allocating pinned memory");
    }

    /** Returns the bytes that buffers for such a minibatch take. */
    static long bytes(ImageShape image, int classes, int batch) {
        return (long) batch * (2L * image.valueCount() + 3L * classes) * Float.BYTES;
    }

    long probabilities() {
        return probabilities.at(0);
    }

    long settings() {
        return settings.at(0);
    }

    long seen() {
        return seen.at(0);
    }

    /** Starts to copy a minibatch that will be asked for soon. */
    void expect(Minibatch batch) {
        inputs.expect(batch);
    }

    /** Brings a minibatch to the GPU and makes the next program read it. */
    void load(Minibatch batch) {
        InputSlots.Slot slot = inputs.take(batch);
        ByteBuffer host = HostStaging.bytes(hostSettings, SETTINGS_BYTES);
        host.putLong(IMAGES, slot.images());
        host.putLong(TARGETS, slot.targets());
        host.putLong(RECIPE, batch.pixels().isPresent() ? slot.recipe() : 0);
    }

    /** Sets what the next run of a training program reads. */
    void set(Replica.Step step) {
        ByteBuffer host = HostStaging.bytes(hostSettings, SETTINGS_BYTES);
        host.putFloat(0, (float) step.learningRate());
        host.putLong(KEY, step.dropoutKey());
    }

    /** Returns what the last training program saw, after the stream has finished. */
    Replica.StepResult result(int examples) {
        ByteBuffer host = HostStaging.bytes(hostSeen, SEEN_BYTES);
        return new Replica.StepResult(examples, host.getDouble(0), Math.toIntExact(host.getLong(RIGHT)));
    }

    /** Waits for the stream and returns the probabilities of so many examples. */
    void read(int examples, FloatBuffer target) {
        float[] values = new float[Math.multiplyExact(examples, classes)];
        try (FloatPointer host = new FloatPointer(values.length)) {
            Checks.runtime(
                    cudaMemcpyAsync(
                            host,
                            new Address(probabilities()),
                            (long) values.length * Float.BYTES,
                            cudaMemcpyDeviceToHost,
                            device.stream()),
                    "reading probabilities");
            device.finish("predicting");
            host.get(values);
        }
        target.put(values);
    }

    /** Returns the step that brings the settings to the GPU. */
    Step settingsIn() {
        return new CopyStep(
                "reading the step's settings",
                () -> Checks.runtime(
                        cudaMemcpyAsync(
                                new Address(settings()),
                                hostSettings,
                                SETTINGS_BYTES,
                                cudaMemcpyHostToDevice,
                                device.stream()),
                        "reading the step's settings"));
    }

    /** Returns the step that brings what was seen back. */
    Step seenOut() {
        return new CopyStep(
                "telling what the step saw",
                () -> Checks.runtime(
                        cudaMemcpyAsync(
                                hostSeen, new Address(seen()), SEEN_BYTES, cudaMemcpyDeviceToHost, device.stream()),
                        "telling what the step saw"));
    }

    private record CopyStep(String title, Runnable copy) implements Step {

        @Override
        public void bind() {}

        @Override
        public void run() {
            copy.run();
        }
    }

    @Override
    public void close() {
        inputs.close();
        probabilities.close();
        settings.close();
        seen.close();
        cudaFreeHost(hostSettings);
        cudaFreeHost(hostSeen);
    }
}
