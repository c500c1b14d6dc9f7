package dev.convoke.bench;

import java.util.List;

/** The executors that a Spark driver on this machine has started. */
public final class ExecutorProcesses {

    private ExecutorProcesses() {}

    /**
     * Returns their process numbers. By the command alone: the system tells no arguments of a command line that is
     * longer than a page.
     *
     * @param driver whose descendants are looked through
     */
    public static List<Long> pids(ProcessHandle driver) {
        return driver.descendants()
                .filter(child -> child.info().command().orElse("").endsWith("java"))
                .map(ProcessHandle::pid)
                .toList();
    }
}
