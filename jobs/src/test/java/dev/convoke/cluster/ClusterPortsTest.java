package dev.convoke.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ClusterPortsTest {

    private static final List<String> PURPOSES = List.of("master.rpc", "master.web", "namenode.rpc");

    @Test
    void everyPurposeGetsAPortOfItsOwnOnTheLoopback() {
        ClusterPorts ports = ClusterPorts.choose(PURPOSES, new TreeMap<>());

        assertThat(new HashSet<>(ports.numbers().values())).hasSize(3);
        assertThat(ports.address("master.rpc")).isEqualTo("127.0.0.1:" + ports.of("master.rpc"));
        assertThat(ports.page("master")).isEqualTo("http://127.0.0.1:" + ports.of("master.web") + "/");
    }

    @Test
    void addressesStayTheSameUnlessSomebodyElseTookThem() throws IOException {
        ClusterPorts before = ClusterPorts.choose(PURPOSES, new TreeMap<>());

        assertThat(ClusterPorts.choose(PURPOSES, before.numbers())).isEqualTo(before);
        try (ServerSocket other =
                new ServerSocket(before.of("master.web"), 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            ClusterPorts after = ClusterPorts.choose(PURPOSES, before.numbers());

            assertThat(after.of("master.rpc")).isEqualTo(before.of("master.rpc"));
            assertThat(after.of("master.web")).isNotEqualTo(other.getLocalPort());
        }
    }
}
