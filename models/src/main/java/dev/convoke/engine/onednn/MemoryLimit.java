package dev.convoke.engine.onednn;

import com.sun.management.OperatingSystemMXBean;
import dev.convoke.engine.EngineUnavailableException;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * How much memory a replica may take outside the Java heap: what the machine or the container has beside the heap, or
 * what the property {@value #PROPERTY} says, in bytes.
 *
 * @param bytes the limit
 */
record MemoryLimit(long bytes) {

    private static final String PROPERTY = "convoke.engine.bytes";

    /** Returns the limit of this process. */
    static MemoryLimit ofThisProcess() {
        Long asked = Long.getLong(PROPERTY);
        if (asked != null) {
            return new MemoryLimit(asked);
        }
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new MemoryLimit(
                system.getTotalMemorySize() - Runtime.getRuntime().maxMemory());
    }

    /**
     * Checks an allocation before it is made.
     *
     * @param parameters bytes of parameters and momentum
     * @param others bytes of everything else
     * @param batch the minibatch it is for
     * @throws EngineUnavailableException if it is too much; the message has the figures
     */
    void require(long parameters, long others, int batch) {
        if (parameters + others > bytes) {
            throw new EngineUnavailableException(String.format(
                    Locale.ROOT,
                    "A replica for minibatches of %d needs %.0f MB, %.0f for parameters and momentum and %.0f for"
                            + " activations and gradients, and may take %.0f MB: use smaller minibatches, or give the"
                            + " process more memory beside its heap (under Spark: spark.executor.memoryOverhead)",
                    batch,
                    (parameters + others) / 1e6,
                    parameters / 1e6,
                    others / 1e6,
                    bytes / 1e6));
        }
    }
}
