package dev.convoke.chaos;

import dev.convoke.chaos.Saboteur.Harm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;

/**
 * Two hosts for executors, each a network namespace of its own on a bridge to this process, whose links can be cut. To
 * be made by root in a process that has a network namespace of its own already ({@code unshare --net}): none of it is
 * seen from outside.
 */
final class SplitNetwork implements AutoCloseable {

    /** This process's address. */
    static final String HERE = "10.77.0.1";

    private static final int HOSTS = 2;
    private static final String HOST_PREFIX = "10.77.0.1";
    private static final String BRIDGE = "drill";

    private final String names = "convoke-" + ProcessHandle.current().pid() + "-";

    SplitNetwork() {
        run("ip link set lo up");
        run("ip link add " + BRIDGE + " type bridge");
        run("ip addr add " + HERE + "/24 dev " + BRIDGE);
        run("ip link set " + BRIDGE + " up");
        for (int host = 0; host < HOSTS; host++) {
            run("ip netns add " + names + host);
            run("ip link add " + port(host) + " type veth peer name net netns " + names + host);
            run("ip link set " + port(host) + " master " + BRIDGE + " up");
            run("ip -n " + names + host + " addr add " + HOST_PREFIX + host + "/24 dev net");
            run("ip -n " + names + host + " link set net up");
            run("ip -n " + names + host + " link set lo up");
        }
    }

    /**
     * Writes a JDK whose {@code java} starts an executor on one of the hosts, by its number.
     *
     * @return what {@code JAVA_HOME} is to be for executors
     */
    Path javaHome(Path folder) throws IOException {
        Path java = Files.createDirectories(folder.resolve("bin")).resolve("java");
        Files.writeString(
                java,
                """
                #!/bin/bash
                # Starts an executor on a host of the drill's network, and tells it the address it has there.
                set -eu
                arguments=("$@")
                for ((i = 0; i < $#; i++)); do
                  case ${arguments[i]} in
                    --executor-id) host=$((arguments[i + 1] %% %d)) ;;
                    --hostname) at=$((i + 1)) ;;
                  esac
                done
                arguments[at]=%s$host
                exec ip netns exec %s$host %s/bin/java "${arguments[@]}"
                """.formatted(HOSTS, HOST_PREFIX, names, System.getProperty("java.home")),
                StandardCharsets.UTF_8);
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        return folder;
    }

    /** Draws one of the ways in which a network comes apart, for a while. */
    Harm cut(Random random) {
        int what = random.nextInt(4);
        int length = Saboteur.lengthMillis(random);
        return switch (what) {
            case 0, 1 ->
                cut("host " + what, length, "ip link set " + port(what) + " down", "ip link set " + port(what) + " up");
            case 2 -> cut("the hosts from each other", length, isolated("on"), isolated("off"));
            default -> cut("all", length, "ip link set " + BRIDGE + " down", "ip link set " + BRIDGE + " up");
        };
    }

    private static Harm cut(String what, int millis, String cut, String heal) {
        return new Harm("partition of " + what + " for " + millis + " ms", () -> {
            run(cut);
            Saboteur.last(millis);
            run(heal);
        });
    }

    @Override
    public void close() {
        for (int host = 0; host < HOSTS; host++) {
            run("ip netns del " + names + host);
        }
    }

    private static String isolated(String state) {
        return "bridge link set dev " + port(0) + " isolated " + state + " && bridge link set dev " + port(1)
                + " isolated " + state;
    }

    private static String port(int host) {
        return "host" + host;
    }

    private static void run(String command) {
        try {
            Process process = new ProcessBuilder(List.of("bash", "-c", command))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException("'" + command + "' failed: " + said.strip());
            }
        } catch (IOException e) {
            throw new IllegalStateException("Cannot run '" + command + "'", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while '" + command + "' ran", e);
        }
    }
}
