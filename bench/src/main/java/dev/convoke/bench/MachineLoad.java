package dev.convoke.bench;

import java.lang.management.ManagementFactory;

/** How busy the machine is: a figure from a busy one is worth little. */
final class MachineLoad {

    private MachineLoad() {}

    /** Returns the processes that ran or waited in the last minute on average, or a negative number if unknown. */
    static double average() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }
}
