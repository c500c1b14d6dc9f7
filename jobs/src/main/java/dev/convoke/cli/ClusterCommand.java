package dev.convoke.cli;

import dev.convoke.cluster.ClusterSettings;
import dev.convoke.cluster.LocalCluster;
import dev.convoke.cluster.LocalCluster.NodeState;
import dev.convoke.cluster.LocalCluster.State;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** A real HDFS and Spark cluster as processes of this machine. */
@Command(
        name = "cluster",
        description = "Starts, stops and shows an HDFS and a Spark cluster as processes of this machine.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets every option before a verb runs
final class ClusterCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = "The one folder everything lies in (default: cluster/ in this checkout or distribution).",
            scope = ScopeType.INHERIT)
    private @Nullable Path state;

    @Override
    public void run() {
        throw new UsageException("'cluster' needs one of up, down, status; './convoke cluster --help' explains");
    }

    @Command(
            description =
                    "Starts a NameNode, DataNodes, a Spark master, workers and a history server, all on the loopback.",
            mixinStandardHelpOptions = true)
    int up(
            @Option(names = "--datanodes", defaultValue = "2", description = "How many (default: 2).") int dataNodes,
            @Option(names = "--workers", defaultValue = "2", description = "How many Spark workers (default: 2).")
                    int workers,
            @Option(names = "--cores", defaultValue = "1", description = "Of each worker (default: 1).") int cores,
            @Option(
                            names = "--memory",
                            defaultValue = "3072",
                            paramLabel = "MB",
                            description = "For each worker's executors (default: 3072).")
                    int memory,
            @Option(
                            names = "--fake-gpus",
                            defaultValue = "0",
                            description = "GPUs each worker pretends to have, to rehearse scheduling (default: 0).")
                    int fakeGpus) {
        ClusterSettings settings = settings(dataNodes, workers, cores, memory, fakeGpus);
        State running = new LocalCluster(settings).up();
        print(running);
        PrintWriter out = out();
        out.printf(
                "%nTo use it from this shell:%n  export SPARK_CONF_DIR=%s CONVOKE_APP=local:%s%n",
                settings.conf(), application(settings.home()));
        out.printf("  bin/convoke-submit shard --source DIR --out %s/data/mine%n", running.hdfs());
        out.printf("  bin/convoke-submit train RECIPE --data %s/data/mine --out %1$s/runs/1%n", running.hdfs());
        out.println("  bin/convoke-node dfs -ls /");
        out.flush();
        return ExitCode.DONE.number();
    }

    @Command(description = "Stops every process; what is stored stays.", mixinStandardHelpOptions = true)
    int down(@Option(names = "--purge", description = "Delete what is stored, too.") boolean purge) {
        ClusterSettings settings = settings(1, 1, 1, 512, 0);
        LocalCluster cluster = new LocalCluster(settings);
        List<String> killed = cluster.down();
        if (!killed.isEmpty()) {
            out().println("Had to be killed: " + String.join(", ", killed));
        }
        if (purge) {
            cluster.purge();
        }
        out().println(
                        purge
                                ? "The cluster is gone."
                                : "The cluster is down; " + settings.state() + " keeps its files.");
        out().flush();
        return ExitCode.DONE.number();
    }

    @Command(description = "Shows each node; ends with 4 unless all of them work.", mixinStandardHelpOptions = true)
    int status() {
        Optional<State> known = new LocalCluster(settings(1, 1, 1, 512, 0)).status();
        if (known.isEmpty() || known.get().nodes().isEmpty()) {
            out().println("The cluster is down.");
            out().flush();
            return ExitCode.STORAGE.number();
        }
        print(known.get());
        return known.get().isWhole() ? ExitCode.DONE.number() : ExitCode.STORAGE.number();
    }

    private void print(State cluster) {
        PrintWriter out = out();
        for (NodeState node : cluster.nodes()) {
            out.printf("%-12s %-6s %8d  %s%n", node.name(), node.alive() ? "up" : "DOWN", node.pid(), node.page());
        }
        out.printf(
                "%s with %d live DataNodes, %s with %d workers%n",
                cluster.hdfs(), cluster.liveDataNodes(), cluster.master(), cluster.aliveWorkers());
        out.flush();
    }

    private ClusterSettings settings(int dataNodes, int workers, int cores, int memory, int fakeGpus) {
        String home = System.getProperty("convoke.home");
        if (home == null || !Files.isExecutable(Path.of(home, "bin", "convoke-node"))) {
            throw new UsageException(
                    "'cluster' runs from a checkout or a distribution only: start it as ./convoke cluster");
        }
        try {
            Path folder = state == null ? Path.of(home, "cluster") : state;
            return new ClusterSettings(Path.of(home), folder, dataNodes, workers, cores, memory, fakeGpus);
        } catch (IllegalArgumentException impossible) {
            throw new UsageException(String.valueOf(impossible.getMessage()));
        }
    }

    /** A distribution has the jars at its root, a checkout where Maven leaves them. */
    private static Path application(Path home) {
        return Files.exists(home.resolve("convoke.jar")) ? home : home.resolve("jobs/target/convoke");
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
