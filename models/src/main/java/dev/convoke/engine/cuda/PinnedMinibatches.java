package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cudaGetErrorString;
import static org.bytedeco.cuda.global.cudart.cudaGetLastError;
import static org.bytedeco.cuda.global.cudart.cudaHostRegister;
import static org.bytedeco.cuda.global.cudart.cudaHostUnregister;
import static org.bytedeco.cuda.global.cudart.cudaSuccess;

import dev.convoke.engine.Minibatch;
import java.nio.FloatBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
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

    /** The memory of a minibatch. */
    record Arrays(FloatPointer images, FloatPointer targets) {}

    /** Returns the memory of a minibatch, pinned if the system lets us. */
    Arrays of(Minibatch batch) {
        Arrays arrays = known.get(batch);
        if (arrays == null) {
            if (known.size() == MOST) {
                Iterator<Arrays> oldest = known.values().iterator();
                unpin(oldest.next());
                oldest.remove();
            }
            arrays = new Arrays(pin(batch.images()), pin(batch.targets()));
            known.put(batch, arrays);
        }
        return arrays;
    }

    private FloatPointer pin(FloatBuffer values) {
        FloatBuffer all = values.duplicate().clear();
        FloatPointer memory = new FloatPointer(all);
        int status = cudaHostRegister(memory, (long) all.capacity() * Float.BYTES, 0);
        if (status != cudaSuccess) {
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
        cudaGetLastError();
    }

    @Override
    public void close() {
        known.values().forEach(PinnedMinibatches::unpin);
        known.clear();
    }
}
