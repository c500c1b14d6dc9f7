package dev.convoke.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The ports of a cluster by purpose, such as {@code namenode.rpc}. All are on the loopback.
 *
 * @param numbers by purpose
 */
record ClusterPorts(SortedMap<String, Integer> numbers) {

    ClusterPorts {
        numbers = Collections.unmodifiableSortedMap(new TreeMap<>(numbers));
    }

    /** Returns ports that are free now: those of the last time where they are, so that addresses stay the same. */
    static ClusterPorts choose(List<String> purposes, SortedMap<String, Integer> before) {
        List<ServerSocket> held = new ArrayList<>();
        SortedMap<String, Integer> chosen = new TreeMap<>();
        try {
            for (String purpose : purposes) {
                ServerSocket socket = bind(before.getOrDefault(purpose, 0));
                held.add(socket);
                chosen.put(purpose, socket.getLocalPort());
            }
            return new ClusterPorts(chosen);
        } catch (IOException e) {
            throw new UncheckedIOException("No free port on the loopback: " + e.getMessage(), e);
        } finally {
            held.forEach(ClusterPorts::release);
        }
    }

    int of(String purpose) {
        Integer number = numbers.get(purpose);
        if (number == null) {
            throw new IllegalArgumentException("No port was chosen for " + purpose + ", only for " + numbers.keySet());
        }
        return number;
    }

    /** Returns {@code 127.0.0.1:PORT}. */
    String address(String purpose) {
        return "127.0.0.1:" + of(purpose);
    }

    /** Returns where a node tells about itself in a browser. */
    String page(String node) {
        return "http://" + address(node + ".web") + "/";
    }

    private static ServerSocket bind(int wanted) throws IOException {
        try {
            return bound(wanted);
        } catch (IOException taken) {
            if (wanted == 0) {
                throw taken;
            }
            return bound(0);
        }
    }

    private static ServerSocket bound(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            // A server that ended a moment ago leaves its port in a state in which others may take it.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static void release(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException("A probing socket cannot be closed: " + e.getMessage(), e);
        }
    }
}
