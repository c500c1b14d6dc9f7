package dev.convoke.spark.rounds;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockManagerId;
import scala.collection.JavaConverters;

/**
 * Chooses an executor for each worker: the one it had, where its replica and reader are resident, unless that one is
 * gone or has more than its share. A wish only; results do not depend on it.
 */
final class Placement {

    private final Map<Integer, String> executorOf = new HashMap<>();

    /** Returns a place for each worker, as {@link PlacedRdd} wants it; empty texts where there is no choice. */
    List<String> places(int workers) {
        List<BlockManagerId> executors = executors();
        if (executors.isEmpty()) {
            return java.util.Collections.nCopies(workers, "");
        }
        Map<String, Integer> load = new HashMap<>();
        executors.forEach(executor -> load.put(PlacedRdd.place(executor), 0));
        int share = (workers + executors.size() - 1) / executors.size();
        for (int worker = 0; worker < workers; worker++) {
            String had = executorOf.get(worker);
            if (had != null && load.getOrDefault(had, share) < share) {
                load.merge(had, 1, Integer::sum);
            } else {
                executorOf.remove(worker);
            }
        }
        List<String> places = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
            places.add(executorOf.computeIfAbsent(worker, absent -> leastLoaded(load)));
        }
        return places;
    }

    private static String leastLoaded(Map<String, Integer> load) {
        String least = load.entrySet().stream()
                .min(Comparator.comparing((Map.Entry<String, Integer> entry) -> entry.getValue())
                        .thenComparing(Map.Entry::getKey))
                .orElseThrow()
                .getKey();
        load.merge(least, 1, Integer::sum);
        return least;
    }

    private static List<BlockManagerId> executors() {
        return JavaConverters.seqAsJavaList(SparkEnv.get()
                        .blockManager()
                        .master()
                        .getMemoryStatus()
                        .keys()
                        .toSeq())
                .stream()
                .filter(executor -> !executor.isDriver())
                .toList();
    }
}
