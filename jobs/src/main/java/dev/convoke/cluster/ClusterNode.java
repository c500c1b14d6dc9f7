package dev.convoke.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * One node of a cluster: what {@code bin/convoke-node} is told to start it.
 *
 * @param name such as {@code worker2}
 * @param role such as {@code worker}
 * @param arguments after the role
 * @param environment beside that of all nodes
 */
record ClusterNode(String name, String role, List<String> arguments, Map<String, String> environment) {

    ClusterNode {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    /** Returns the purposes that a cluster needs ports for. */
    static List<String> ports(ClusterSettings settings) {
        List<String> purposes =
                new ArrayList<>(List.of("namenode.rpc", "namenode.web", "master.rpc", "master.web", "history.web"));
        for (int i = 1; i <= settings.dataNodes(); i++) {
            purposes.addAll(List.of("datanode" + i + ".data", "datanode" + i + ".rpc", "datanode" + i + ".web"));
        }
        for (int i = 1; i <= settings.workers(); i++) {
            purposes.addAll(List.of("worker" + i + ".rpc", "worker" + i + ".web"));
        }
        return purposes;
    }

    /** Returns the file system's nodes, in the order of their start. */
    static List<ClusterNode> fileSystem(ClusterSettings settings, ClusterPorts ports) {
        List<ClusterNode> nodes = new ArrayList<>();
        nodes.add(new ClusterNode(
                "namenode",
                "namenode",
                List.of(),
                Map.of("CONVOKE_NAME_DIR", settings.data("namenode").toString())));
        for (int i = 1; i <= settings.dataNodes(); i++) {
            String name = "datanode" + i;
            nodes.add(new ClusterNode(
                    name,
                    "datanode",
                    List.of(
                            "-D",
                            "dfs.datanode.data.dir=file://" + settings.data(name),
                            "-D",
                            "dfs.datanode.address=" + ports.address(name + ".data"),
                            "-D",
                            "dfs.datanode.ipc.address=" + ports.address(name + ".rpc"),
                            "-D",
                            "dfs.datanode.http.address=" + ports.address(name + ".web")),
                    Map.of()));
        }
        return nodes;
    }

    /** Returns Spark's nodes, in the order of their start. */
    static List<ClusterNode> spark(ClusterSettings settings, ClusterPorts ports) {
        List<ClusterNode> nodes = new ArrayList<>();
        nodes.add(new ClusterNode(
                "master",
                "master",
                List.of(
                        "--host",
                        "127.0.0.1",
                        "--port",
                        port(ports, "master.rpc"),
                        "--webui-port",
                        port(ports, "master.web")),
                Map.of()));
        for (int i = 1; i <= settings.workers(); i++) {
            nodes.add(worker(settings, ports, i));
        }
        nodes.add(new ClusterNode("history", "history", List.of(), Map.of()));
        return nodes;
    }

    private static ClusterNode worker(ClusterSettings settings, ClusterPorts ports, int number) {
        String name = "worker" + number;
        Map<String, String> environment = settings.fakeGpus() == 0
                ? Map.of()
                : Map.of(
                        "CONVOKE_NODE_OPTS",
                        "-Xmx512m -Dspark.worker.resource.gpu.amount=" + settings.fakeGpus()
                                + " -Dspark.worker.resource.gpu.discoveryScript="
                                + settings.home().resolve("conf").resolve("discover-gpus.sh"),
                        "CONVOKE_GPU_ADDRESSES",
                        gpus(settings.fakeGpus(), number));
        return new ClusterNode(
                name,
                "worker",
                List.of(
                        "--host",
                        host(number),
                        "--port",
                        port(ports, name + ".rpc"),
                        "--webui-port",
                        port(ports, name + ".web"),
                        "--cores",
                        String.valueOf(settings.cores()),
                        "--memory",
                        settings.memoryMegabytes() + "m",
                        "--work-dir",
                        settings.data(name).toString(),
                        "spark://" + ports.address("master.rpc")),
                environment);
    }

    /**
     * Each worker is a host of its own where all of 127.* is this machine: Spark starts second copies on other hosts
     * only.
     */
    private static String host(int worker) {
        return System.getProperty("os.name").equals("Linux") && worker < 255 ? "127.0.0." + worker : "127.0.0.1";
    }

    /** All workers are on one machine, so their cards have numbers of their own. */
    private static String gpus(int count, int worker) {
        int first = (worker - 1) * count;
        return String.join(
                " ",
                IntStream.range(first, first + count)
                        .mapToObj(Integer::toString)
                        .toList());
    }

    private static String port(ClusterPorts ports, String purpose) {
        return String.valueOf(ports.of(purpose));
    }
}
