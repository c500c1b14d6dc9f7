package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cudaErrorHostMemoryAlreadyRegistered;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorString;
import static org.bytedeco.cuda.global.cudart.cudaGetLastError;
import static org.bytedeco.cuda.global.cudart.cudaHostRegister;
import static org.bytedeco.cuda.global.cudart.cudaHostUnregister;
import static org.bytedeco.cuda.global.cudart.cudaSuccess;

import dev.convoke.engine.Minibatch;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Minibatches whose memory has been pinned, so that the GPU can copy it by itself. Keeps the latest few, and with them
 * their memory.
 */
final class PinnedMinibatches implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PinnedMinibatches.class);
    private static final int MOST = 16;

    private final Map<Minibatch, Arrays> known = new LinkedHashMap<>();
    private boolean hasWarned;

    /** The memory of a minibatch; the recipe only where the images are bytes. */
    record Arrays(Pointer images, Pointer targets, @Nullable Pointer recipe) {}

    /** Returns the memory of a minibatch, pinned if the system lets us. */
    Arrays of(Minibatch batch) {
        Arrays arrays = known.get(batch);
        if (arrays == null) {
            if (known.size() == MOST) {
                Iterator<Arrays> oldest = known.values().iterator();
                unpin(oldest.next());
                oldest.remove();
            }
            arrays = pin(batch);
            known.put(batch, arrays);
        }
        return arrays;
    }

    private Arrays pin(Minibatch batch) {
        Pointer targets = pin(batch.targets());
        return batch.pixels()
                .map(own -> new Arrays(pin(own.pixels()), targets, pin(own.recipe())))
                .orElseGet(() -> new Arrays(pin(batch.images()), targets, null));
    }

    private Pointer pin(FloatBuffer values) {
        FloatBuffer all = values.duplicate().clear();
        return pinned(new FloatPointer(all), (long) all.capacity() * Float.BYTES);
    }

    private Pointer pin(ByteBuffer values) {
        ByteBuffer all = values.duplicate().clear();
        return pinned(new BytePointer(all), all.capacity());
    }

    private Pointer pinned(Pointer memory, long bytes) {
        int status = cudaHostRegister(memory, bytes, 0);
        if (status != cudaSuccess && status != cudaErrorHostMemoryAlreadyRegistered) {
            cudaGetLastError();
            if (!hasWarned) {
                LOG.warn(
                        "Minibatches are copied to the GPU more slowly, because their memory cannot be pinned ({}):"
                                + " raise the limit of locked memory (ulimit -l)",
                        cudaGetErrorString(status).getString());
                hasWarned = true;
            }
        }
        return memory;
    }

    private static void unpin(Arrays arrays) {
        // What was never pinned cannot be unpinned; that is no failure of anything.
        cudaHostUnregister(arrays.images());
        cudaHostUnregister(arrays.targets());
        if (arrays.recipe() != null) {
            cudaHostUnregister(arrays.recipe());
        }
        cudaGetLastError();
    }

    @Override
    public void close() {
        known.values().forEach(PinnedMinibatches::unpin);
        known.clear();
    }
}
