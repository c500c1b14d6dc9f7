package dev.convoke.spark.rounds;

import dev.convoke.training.RoundResult.WorkerReport;
import java.util.concurrent.atomic.LongAdder;

/** What the workers of one process have done since it started, for metrics. Safe for use by many threads. */
public final class WorkTotals {

    private final LongAdder examples = new LongAdder();
    private final LongAdder shares = new LongAdder();
    private final LongAdder computeMillis = new LongAdder();
    private final LongAdder waitMillis = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();

    WorkTotals() {}

    /** Returns the totals of this process. */
    public static WorkTotals ofThisProcess() {
        return ReplicaCache.totals();
    }

    void add(WorkerReport report, long received) {
        examples.add(report.examples());
        shares.increment();
        computeMillis.add(Math.round(report.computeMillis()));
        waitMillis.add(Math.round(report.waitMillis()));
        receivedBytes.add(received);
    }

    /** Returns how many examples were trained. */
    public long examples() {
        return examples.sum();
    }

    /** Returns how many shares of rounds were trained, those of repeated tasks included. */
    public long shares() {
        return shares.sum();
    }

    /** Returns the time in the engine. */
    public long computeMillis() {
        return computeMillis.sum();
    }

    /** Returns the time the engine waited for examples. */
    public long waitMillis() {
        return waitMillis.sum();
    }

    /** Returns how many bytes of state came from other executors. */
    public long receivedBytes() {
        return receivedBytes.sum();
    }
}
