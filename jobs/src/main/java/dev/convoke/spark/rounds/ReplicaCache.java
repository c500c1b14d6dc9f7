package dev.convoke.spark.rounds;

import java.util.concurrent.ConcurrentHashMap;

/**
 * The residents of the runs that this process works for. The one place where an executor remembers anything between
 * tasks: keyed by run and owner, so that a new owner never meets what an old one left behind.
 */
final class ReplicaCache {

    private static final ConcurrentHashMap<String, Residents> RUNS = new ConcurrentHashMap<>();

    /** What this process has done for all runs; only counted, nothing is decided by it. */
    private static final WorkTotals TOTALS = new WorkTotals();

    private ReplicaCache() {}

    /** Returns what this process has done since it started. */
    static WorkTotals totals() {
        return TOTALS;
    }

    /** Returns what is resident for a run. */
    static Residents of(RunContext context) {
        return RUNS.computeIfAbsent(context.key(), key -> new Residents(context));
    }

    /** Frees what is resident for a run. */
    static void drop(String key) {
        Residents residents = RUNS.remove(key);
        if (residents != null) {
            residents.close();
        }
    }
}
