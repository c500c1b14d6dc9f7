package dev.convoke.checkpoint;

import dev.convoke.storage.Sha256;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which process of which machine.
 *
 * @param host the machine's name, or the one that {@link #HOST_VARIABLE} gives
 * @param hostId what tells computers of one name apart: a digest of the installation's id, empty where unknown;
 *     {@link #GIVEN} if the name was given
 * @param machine boot and process namespace, separated by a blank; empty where unknown
 * @param pid the process number there
 * @param startedMillis when the process started, in milliseconds since 1970, as its machine reports it; 0 if unknown
 */
record ProcessIdentity(String host, String hostId, String machine, long pid, long startedMillis) {

    /**
     * Names the host where its own name is another one each time, as in pods. Whoever sets it says that processes of
     * this name follow each other: one in another container or boot is over when the next starts.
     */
    static final String HOST_VARIABLE = "CONVOKE_HOST";

    /** Stands for the id of a host whose name was given. */
    static final String GIVEN = "given";

    /** Clocks of one machine report the start of one process within this. */
    private static final long TOLERANCE_MILLIS = 2_000;

    /** Many computers are called so. */
    private static final Set<String> NO_NAMES = Set.of("", "unknown", "localhost", "localhost.localdomain");

    private static final int ID_DIGITS = 16;

    static ProcessIdentity current() {
        return current(System.getenv());
    }

    static ProcessIdentity current(Map<String, String> environment) {
        ProcessHandle process = ProcessHandle.current();
        String given = environment.getOrDefault(HOST_VARIABLE, "").strip();
        return given.isEmpty()
                ? new ProcessIdentity(hostName(), installation(), machineName(), process.pid(), startMillis(process))
                : new ProcessIdentity(given, GIVEN, machineName(), process.pid(), startMillis(process));
    }

    /**
     * Returns whether this process is certainly dead, as a process here can tell: of the same boot and container its
     * number is looked for; an earlier boot of this host is over; of any other place nothing is known.
     */
    boolean isCertainlyDead(ProcessIdentity here) {
        if (machine.isEmpty() || here.machine.isEmpty() || !host.equals(here.host)) {
            return false;
        }
        if (machine.equals(here.machine)) {
            return isGone();
        }
        if (hostId.equals(GIVEN) || here.hostId.equals(GIVEN)) {
            return hostId.equals(here.hostId);
        }
        // Another container of this boot may be alive.
        return !boot().equals(here.boot()) && isSameComputer(here);
    }

    private boolean isSameComputer(ProcessIdentity here) {
        boolean known = !hostId.isEmpty() && !here.hostId.isEmpty();
        return known ? hostId.equals(here.hostId) : !NO_NAMES.contains(host);
    }

    private String boot() {
        int blank = machine.indexOf(' ');
        return blank < 0 ? machine : machine.substring(0, blank);
    }

    private boolean isGone() {
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

    /** The id itself is nobody's business; its digest tells two apart as well. */
    private static String installation() {
        try {
            String id = Files.readString(Path.of("/etc/machine-id")).strip();
            return id.length() < ID_DIGITS
                    ? ""
                    : Sha256.of(("convoke " + id).getBytes(StandardCharsets.UTF_8))
                            .substring(0, ID_DIGITS);
        } catch (IOException | RuntimeException unknown) {
            // Containers often have none.
            return "";
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
