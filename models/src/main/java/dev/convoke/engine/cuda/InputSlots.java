package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cudaEventCreate;
import static org.bytedeco.cuda.global.cudart.cudaEventDestroy;
import static org.bytedeco.cuda.global.cudart.cudaEventRecord;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;
import static org.bytedeco.cuda.global.cudart.cudaStreamCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamNonBlocking;
import static org.bytedeco.cuda.global.cudart.cudaStreamWaitEvent;

import dev.convoke.engine.Minibatch;
import dev.convoke.engine.PixelImages;
import dev.convoke.models.ImageShape;
import java.util.List;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** Two places on the GPU for minibatches: while a step reads one, the next minibatch is copied into the other. */
final class InputSlots implements AutoCloseable {

    private final Device device;
    private final CUstream_st copies = new CUstream_st();
    private final PinnedMinibatches pinned = new PinnedMinibatches();
    private final List<Slot> slots;

    InputSlots(Device device, ImageShape image, int classes, int batch) {
        this.device = device;
        Checks.runtime(cudaStreamCreateWithFlags(copies, cudaStreamNonBlocking), "creating a stream");
        this.slots = List.of(new Slot(image, classes, batch), new Slot(image, classes, batch));
    }

    /** One place: what was copied there ahead, if anything. */
    static final class Slot implements AutoCloseable {

        private final DeviceBlock images;
        private final DeviceBlock targets;
        private final DeviceBlock recipe;
        private final CUevent_st copied = new CUevent_st();
        private @Nullable Minibatch ahead;
        private long fills;

        Slot(ImageShape image, int classes, int batch) {
            images = new DeviceBlock((long) batch * image.valueCount() * Float.BYTES);
            targets = new DeviceBlock((long) batch * classes * Float.BYTES);
            recipe = new DeviceBlock(PixelImages.recipeBytes(batch));
            Checks.runtime(cudaEventCreate(copied), "creating an event");
        }

        long images() {
            return images.at(0);
        }

        long targets() {
            return targets.at(0);
        }

        long recipe() {
            return recipe.at(0);
        }

        private boolean holds(Minibatch batch) {
            return ahead == batch && fills == batch.fills();
        }

        @Override
        public void close() {
            images.close();
            targets.close();
            recipe.close();
            cudaEventDestroy(copied);
        }
    }

    /** Starts to copy a minibatch, if there is a place for it. */
    void expect(Minibatch batch) {
        for (Slot slot : slots) {
            if (slot.holds(batch)) {
                return;
            }
        }
        for (Slot slot : slots) {
            if (slot.ahead == null) {
                copy(batch, slot, copies);
                Checks.runtime(cudaEventRecord(slot.copied, copies), "copying a minibatch ahead");
                slot.ahead = batch;
                slot.fills = batch.fills();
                return;
            }
        }
    }

    /** Makes the stream wait until a minibatch is there, and returns its place. */
    Slot take(Minibatch batch) {
        for (Slot slot : slots) {
            if (slot.holds(batch)) {
                slot.ahead = null;
                Checks.runtime(cudaStreamWaitEvent(device.stream(), slot.copied, 0), "waiting for a minibatch");
                return slot;
            }
        }
        Slot free = slots.get(0).ahead == null ? slots.get(0) : slots.get(1);
        if (free.ahead != null) {
            // Both were copied ahead, and neither is asked for: whatever is still on its way must arrive before.
            Checks.runtime(cudaStreamWaitEvent(device.stream(), free.copied, 0), "waiting for a minibatch");
            free.ahead = null;
        }
        copy(batch, free, device.stream());
        return free;
    }

    private void copy(Minibatch batch, Slot slot, CUstream_st stream) {
        PinnedMinibatches.Arrays arrays = pinned.of(batch);
        long values = (long) batch.size() * batch.shape().valueCount();
        Pointer recipe = arrays.recipe();
        copy(arrays.images(), slot.images(), recipe == null ? values * Float.BYTES : values, stream);
        copy(arrays.targets(), slot.targets(), (long) batch.size() * batch.classes() * Float.BYTES, stream);
        if (recipe != null) {
            copy(recipe, slot.recipe(), PixelImages.recipeBytes(batch.size()), stream);
        }
    }

    private static void copy(Pointer from, long to, long bytes, CUstream_st stream) {
        Checks.runtime(
                cudaMemcpyAsync(new Address(to), from, bytes, cudaMemcpyHostToDevice, stream), "copying a minibatch");
    }

    @Override
    public void close() {
        cudaStreamDestroy(copies);
        slots.forEach(Slot::close);
        pinned.close();
    }
}
