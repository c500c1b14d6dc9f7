package dev.convoke.checkpoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Which process of which machine.
 *
 * @param host the machine's name
 * @param machine what tells machines and containers of one name apart: boot and process namespace; empty where unknown
 * @param pid the process number there
 * @param startedMillis when the process started, in milliseconds since 1970, as its machine reports it; 0 if unknown
 */
record ProcessIdentity(String host, String machine, long pid, long startedMillis) {

    /** Clocks of one machine report the start of one process within this. */
    private static final long TOLERANCE_MILLIS = 2_000;

    static ProcessIdentity current() {
        ProcessHandle process = ProcessHandle.current();
        return new ProcessIdentity(hostName(), machineName(), process.pid(), startMillis(process));
    }

    /**
     * Returns whether this process is certainly dead. Only a process of the same machine, boot and container can be
     * looked for; of any other nothing is known.
     */
    boolean isCertainlyDead() {
        if (machine.isEmpty() || !machine.equals(machineName()) || !host.equals(hostName())) {
            return false;
        }
        Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        if (process.isEmpty()) {
            return true;
        }
        long millis = startMillis(process.get());
        return startedMillis > 0 && millis > 0 && Math.abs(millis - startedMillis) > TOLERANCE_MILLIS;
    }

    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String hostName() {
        try {
            // Asking the name service may take long and gives other answers after a change of network.
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException noLinux) {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException noName) {
                return "unknown";
            }
        }
    }

    private static String machineName() {
        try {
            String boot =
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            return boot + " " + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
        } catch (IOException | RuntimeException e) {
            // No Linux: processes cannot be told apart, so none is certainly dead.
            return "";
        }
    }
}
