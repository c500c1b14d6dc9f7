package dev.convoke.drill;

import static org.awaitility.Awaitility.await;

import dev.convoke.Signals;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A worker whose executors do nothing for a while, as on a machine that swaps. */
final class Straggler {

    private static final Duration HELD_UP = Duration.ofSeconds(8);

    private Straggler() {}

    /**
     * Waits in the background for the third round of a run that is about to start, then holds up the first worker's
     * executors.
     *
     * @return how many processes were held up, when they go on again
     */
    static CompletableFuture<Integer> amongWorkersOf(RunningCluster cluster, String run) {
        return CompletableFuture.supplyAsync(() -> {
            await().atMost(Duration.ofMinutes(3))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> cluster.names("/runs/" + run + "/metrics").size() > 2);
            List<ProcessHandle> executors = executors(cluster, "worker1");
            executors.forEach(executor -> Signals.send(executor.pid(), "STOP"));
            try {
                await().pollDelay(HELD_UP).until(() -> true);
            } finally {
                executors.forEach(executor -> Signals.send(executor.pid(), "CONT"));
            }
            return executors.size();
        });
    }

    private static List<ProcessHandle> executors(RunningCluster cluster, String worker) {
        long pid = cluster.state().nodes().stream()
                .filter(node -> node.name().equals(worker))
                .findFirst()
                .orElseThrow()
                .pid();
        return ProcessHandle.of(pid).orElseThrow().descendants().toList();
    }
}
