package dev.convoke.metrics;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Tells what a thread has used of a processor. */
public final class ProcessorTime {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private ProcessorTime() {}

    /**
     * Returns the processor time of the calling thread, in nanoseconds from any origin. A virtual machine that cannot
     * tell has the time on the wall counted instead.
     */
    public static long ofThisThread() {
        return THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
    }
}
