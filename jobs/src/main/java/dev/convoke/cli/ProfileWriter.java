package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.metrics.trace.ChromeTrace;
import dev.convoke.metrics.trace.Span;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.util.List;

/**
 * Writes the trace of a few rounds: what the workers did comes from the executors, rounds and commits are the driver's.
 * Warm rounds are traced, and the first commit behind them still belongs to the trace.
 */
final class ProfileWriter implements RoundListener {

    private static final String DRIVER = "driver";

    private final ChromeTrace trace;
    private final int rounds;
    private final FileStore store;
    private final Location run;
    private final Console console;
    private boolean tracing;
    private boolean traced;

    ProfileWriter(ChromeTrace trace, int rounds, RunEvaluation run) {
        this.trace = trace;
        this.rounds = rounds;
        this.store = run.store();
        this.run = run.run();
        this.console = run.console();
    }

    @Override
    public void started(RunPlan plan, int roundsDone) {
        int left = plan.roundCount() - roundsDone;
        // The first round of a process compiles and reads what later ones find.
        trace.want(roundsDone + (left > rounds ? 1 : 0), Math.min(rounds, left));
    }

    @Override
    public void roundDone(RoundSummary summary) {
        int round = summary.round().number();
        if (trace.wants(round)) {
            tracing = true;
            trace.add(DRIVER, List.of(Span.endingNow("round " + round, "rounds", summary.millis())));
        }
        if (trace.endsWith(round)) {
            traced = true;
            console.note("the trace of " + rounds + " rounds: " + trace.write(store, run)
                    + " (open it in chrome://tracing or ui.perfetto.dev)");
        }
    }

    @Override
    public void checkpointed(Checkpoint checkpoint, double millis) {
        if (tracing) {
            String name = "commit " + checkpoint.folder().name();
            trace.add(DRIVER, List.of(Span.endingNow(name, "commits", millis)));
            if (traced) {
                tracing = false;
                trace.write(store, run);
            }
        }
    }
}
