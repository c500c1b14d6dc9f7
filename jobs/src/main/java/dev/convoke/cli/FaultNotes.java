package dev.convoke.cli;

import dev.convoke.metrics.FaultLog;
import dev.convoke.metrics.FaultLog.Fault;
import dev.convoke.spark.LossWatch;
import dev.convoke.storage.StorageException;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.time.Instant;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down what a run survives: restarts, lost executors, rounds that had to be done again. */
final class FaultNotes implements RoundListener, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FaultNotes.class);

    private final FaultLog log;
    private final LossWatch losses;
    private volatile int rounds;
    private boolean begun;

    FaultNotes(FaultLog log, JavaSparkContext spark) {
        this.log = log;
        this.losses = LossWatch.over(
                spark, (executor, reason) -> note("executor lost", "executor " + executor + ": " + reason));
    }

    @Override
    public void started(RunPlan plan, int roundsDone) {
        rounds = roundsDone;
        if (begun) {
            note("training diverged", "went on from round " + roundsDone + " as divergence.policy says");
        } else if (roundsDone > 0) {
            note("restarted", "a process went on from the checkpoint of round " + roundsDone);
        }
        begun = true;
    }

    @Override
    public void roundDone(RoundSummary summary) {
        rounds = summary.round().number() + 1;
    }

    @Override
    public void wentBack(int fromRound, int toRound) {
        note("state lost", "went back from round " + fromRound + " to " + toRound + " and did it again");
    }

    @Override
    public void close() {
        losses.close();
    }

    private void note(String kind, String detail) {
        try {
            log.write(new Fault(Instant.now(), kind, rounds, detail));
        } catch (StorageException e) {
            // Whoever writes what counts will meet the same storage and end the run if it has to.
            LOG.warn("Cannot write down that this happened: {}, {}", kind, detail, e);
        }
    }
}
