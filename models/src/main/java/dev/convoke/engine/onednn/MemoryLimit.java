package dev.convoke.engine.onednn;

import com.sun.management.OperatingSystemMXBean;
import dev.convoke.engine.ReplicaTooLargeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How much memory this process may take outside its Java heap, for all replicas in it together, and what it has taken.
 *
 * @param bytes the limit: what the machine or the container has beside the heap, or what the property
 *     {@value #PROPERTY} says
 * @param taken of them already, by whatever
 */
record MemoryLimit(long bytes, long taken) {

    static final String PROPERTY = "convoke.engine.bytes";

    private static final Path PAGES = Path.of("/proc/self/statm");
    private static final int PAGE = 4096;

    /** Returns the limit as it stands now. */
    static MemoryLimit ofThisProcess() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long beside = system.getTotalMemorySize() - Runtime.getRuntime().maxMemory();
        return new MemoryLimit(Long.getLong(PROPERTY, beside), takenNow());
    }

    /** Pages of files are left out, because the system takes them back when it needs them. */
    private static long takenNow() {
        try {
            String[] pages = Files.readString(PAGES).split(" ", -1);
            long own = (Long.parseLong(pages[1]) - Long.parseLong(pages[2])) * PAGE;
            return Math.max(0, own - Runtime.getRuntime().totalMemory());
        } catch (IOException e) {
            throw new UncheckedIOException("Reading how much memory this process has taken, from " + PAGES, e);
        }
    }

    /**
     * Checks an allocation before it is made.
     *
     * @param parameters bytes of parameters and momentum to come
     * @param others bytes of everything else to come
     * @param batch the minibatch it is for
     * @throws ReplicaTooLargeException if it is too much; the message has the figures
     */
    void require(long parameters, long others, int batch) {
        if (parameters + others > bytes - taken) {
            throw new ReplicaTooLargeException(String.format(
                    Locale.ROOT,
                    "A replica for minibatches of %d needs %.0f MB more, %.0f for parameters and momentum and %.0f for"
                            + " activations and gradients; this process has %.0f MB outside its heap and may take %.0f:"
                            + " use smaller minibatches or fewer workers in a process, or give it more memory beside"
                            + " its heap (under Spark: spark.executor.memoryOverhead)",
                    batch,
                    (parameters + others) / 1e6,
                    parameters / 1e6,
                    others / 1e6,
                    taken / 1e6,
                    bytes / 1e6));
        }
    }
}
