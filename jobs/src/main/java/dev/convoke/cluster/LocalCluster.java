package dev.convoke.cluster;

import dev.convoke.cluster.ClusterFile.Content;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * An HDFS and a Spark cluster of real servers, each a process of its own, on the loopback of this machine. Outlives the
 * process that starts it. What is stored survives {@link #down()} and a crash; one folder holds all of it.
 */
public final class LocalCluster {

    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration END = Duration.ofSeconds(20);
    private static final long POLL_NANOS = Duration.ofMillis(250).toNanos();

    private final ClusterSettings settings;
    private final ClusterFile file;
    private final NodePages pages = new NodePages();

    /** Works on the cluster in the settings' folder, whether it runs or not. */
    public LocalCluster(ClusterSettings settings) {
        this.settings = settings;
        this.file = new ClusterFile(settings.state());
    }

    /**
     * How a node is.
     *
     * @param name such as {@code worker1}
     * @param pid its process; 0 if it was never started
     * @param alive whether the process is there
     * @param page where it tells about itself in a browser
     */
    public record NodeState(String name, long pid, boolean alive, String page) {}

    /**
     * How the cluster is.
     *
     * @param hdfs the address of its file system
     * @param master the address of its Spark master
     * @param nodes in the order of their start; empty while the cluster is down
     * @param liveDataNodes that the NameNode knows; -1 if it does not answer
     * @param aliveWorkers that the master knows; -1 if it does not answer
     */
    public record State(String hdfs, String master, List<NodeState> nodes, int liveDataNodes, int aliveWorkers) {

        /** Copies the list. */
        public State {
            nodes = List.copyOf(nodes);
        }

        /** Returns whether every node runs and is known to the one that leads it. */
        public boolean isWhole() {
            return !nodes.isEmpty()
                    && nodes.stream().allMatch(NodeState::alive)
                    && liveDataNodes == count("datanode")
                    && aliveWorkers == count("worker");
        }

        private long count(String role) {
            return nodes.stream().filter(node -> node.name().startsWith(role)).count();
        }
    }

    /**
     * Starts the cluster and waits until all of it works together; does nothing if it runs whole already. What is left
     * of one that is not whole is stopped first.
     *
     * @throws NodeFailedException if a node ends or is not ready within two minutes; everything started is stopped
     */
    public State up() {
        Optional<Content> before = file.read();
        Optional<State> running = before.map(this::state).filter(State::isWhole);
        if (running.isPresent()) {
            return running.get();
        }
        before.ifPresent(left -> stop(left.nodes()));
        ClusterPorts ports = ClusterPorts.choose(
                ClusterNode.ports(settings), before.map(Content::ports).orElseGet(TreeMap::new));
        new ClusterConfiguration(settings, ports).write();
        List<NodeProcess> started = new ArrayList<>();
        try {
            start(ClusterNode.fileSystem(settings, ports), ports, started);
            await("HDFS", started, () -> pages.liveDataNodes(ports.page("namenode")) == settings.dataNodes());
            folders();
            start(ClusterNode.spark(settings, ports), ports, started);
            await(
                    "Spark",
                    started,
                    () -> pages.aliveWorkers(ports.page("master")) == settings.workers()
                            && pages.answers(ports.page("history") + "api/v1/version"));
        } catch (RuntimeException failed) {
            stop(started);
            file.write(new Content(ports.numbers(), List.of()));
            throw failed;
        }
        return state(new Content(ports.numbers(), started));
    }

    /** Stops every node in the reverse order of their start; returns the names of those that had to be killed. */
    public List<String> down() {
        Optional<Content> before = file.read();
        if (before.isEmpty()) {
            return List.of();
        }
        List<String> killed = stop(before.get().nodes());
        file.write(new Content(before.get().ports(), List.of()));
        return killed;
    }

    /** Returns how the cluster is; empty if there has never been one in this folder. */
    public Optional<State> status() {
        return file.read().map(this::state);
    }

    /** Deletes the cluster's folder and all that is stored in it, if it is one and the cluster is down. */
    public void purge() {
        Path state = settings.state();
        Optional<Content> content = file.read();
        if (content.isEmpty()) {
            throw new IllegalArgumentException(state + " has no " + ClusterFile.FILE + ", so it is not the folder of a"
                    + " cluster, and nothing in it is deleted; correct --state");
        }
        if (content.get().nodes().stream().anyMatch(NodeProcess::isAlive)) {
            throw new IllegalArgumentException(state + " is in use; stop the cluster first");
        }
        try (Stream<Path> paths = Files.walk(state)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot delete " + state + ": " + e.getMessage(), e);
        }
    }

    private State state(Content content) {
        ClusterPorts ports = new ClusterPorts(content.ports());
        List<NodeState> nodes = content.nodes().stream()
                .map(node -> new NodeState(node.name(), node.pid(), node.isAlive(), ports.page(node.name())))
                .toList();
        boolean down = nodes.isEmpty();
        return new State(
                "hdfs://" + ports.address("namenode.rpc"),
                "spark://" + ports.address("master.rpc"),
                nodes,
                down ? -1 : pages.liveDataNodes(ports.page("namenode")),
                down ? -1 : pages.aliveWorkers(ports.page("master")));
    }

    /** Remembers each process at once: whatever happens next, the one who stops the cluster knows of it. */
    private void start(List<ClusterNode> nodes, ClusterPorts ports, List<NodeProcess> started) {
        for (ClusterNode node : nodes) {
            started.add(NodeProcess.of(node.name(), launch(node)));
            file.write(new Content(ports.numbers(), started));
        }
    }

    private void folders() {
        Process process = launch(new ClusterNode("folders", "folders", List.of(), Map.of()));
        try {
            if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw failure("folders", "The folders of the new HDFS cannot be made");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("folders", "Interrupted while the folders of the new HDFS were made");
        }
    }

    private Process launch(ClusterNode node) {
        List<String> command = new ArrayList<>();
        // In a session of its own: neither Ctrl-C nor the end of a terminal ends a node.
        command.add("setsid");
        command.add(settings.home().resolve("bin").resolve("convoke-node").toString());
        command.add(node.role());
        command.addAll(node.arguments());
        Path log = log(node.name());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        Map<String, String> environment = builder.environment();
        environment.remove("CONVOKE_SECRET_FILE");
        environment.put("SPARK_CONF_DIR", settings.conf().toString());
        environment.put("HADOOP_CONF_DIR", settings.conf().toString());
        environment.put("SPARK_LOCAL_IP", "127.0.0.1");
        environment.put("SPARK_PUBLIC_DNS", "127.0.0.1");
        environment.put("SPARK_LOCAL_DIRS", settings.data("spark").toString());
        environment.putAll(node.environment());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start " + node.name() + ": " + e.getMessage(), e);
        }
    }

    private void await(String what, List<NodeProcess> started, BooleanSupplier ready) {
        long end = System.nanoTime() + START.toNanos();
        while (!ready.getAsBoolean()) {
            for (NodeProcess node : started) {
                if (!node.isAlive()) {
                    throw failure(node.name(), "The " + node.name() + " ended while the cluster started");
                }
            }
            if (System.nanoTime() > end) {
                throw failure(
                        started.get(started.size() - 1).name(),
                        what + " is not ready after " + START.toSeconds() + " s");
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private NodeFailedException failure(String node, String what) {
        return new NodeFailedException(what + "; its log is " + log(node) + ", which ends: " + lastLine(log(node)));
    }

    private static String lastLine(Path log) {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> !line.isBlank()).reduce("", (first, second) -> second);
        } catch (IOException | UncheckedIOException e) {
            return "(it cannot be read: " + e.getMessage() + ")";
        }
    }

    private Path log(String node) {
        return settings.logs().resolve(node + ".log");
    }

    private static List<String> stop(List<NodeProcess> nodes) {
        List<String> killed = new ArrayList<>();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            if (!nodes.get(i).stop(END)) {
                killed.add(nodes.get(i).name());
            }
        }
        return killed;
    }
}
