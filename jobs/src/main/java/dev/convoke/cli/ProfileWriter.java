package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.config.Recipe;
import dev.convoke.metrics.trace.ChromeTrace;
import dev.convoke.metrics.trace.Span;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.training.CheckpointTimes;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.util.List;

/**
 * Writes the trace of a few rounds: what the workers did comes from the executors, rounds and commits are the driver's.
 * Warm rounds are traced, and the first commit behind them still belongs to the trace.
 */
final class ProfileWriter implements RoundListener, AutoCloseable {

    private static final String DRIVER = "driver";

    private final ChromeTrace trace;
    private final int rounds;
    private final FileStore store;
    private final Location run;
    private final Console console;
    private int traced;
    private boolean whole;

    ProfileWriter(ChromeTrace trace, int rounds, FileStore store, Location run, Console console) {
        this.trace = trace;
        this.rounds = rounds;
        this.store = store;
        this.run = run;
        this.console = console;
    }

    /** Warns of a training that tells too little for a trace. */
    static void warnOf(Recipe recipe, Console console) {
        if (recipe.compute().master() == Recipe.Master.DL4J) {
            console.warn(
                    "--profile: DL4J's own master says nothing of its workers, so the trace has the driver's rounds"
                            + " and commits alone; set averaging.master: convoke to see what workers do");
        }
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
            trace.begin();
            traced++;
            trace.add(DRIVER, List.of(Span.endingNow("round " + round, "rounds", summary.millis())));
        }
        if (trace.endsWith(round)) {
            whole = true;
            write();
        }
    }

    @Override
    public void checkpointed(Checkpoint checkpoint, CheckpointTimes times) {
        if (trace.isAtWork()) {
            String name = "commit " + checkpoint.folder().name();
            trace.add(DRIVER, List.of(Span.endingNow(name, "commits", times.heldUpMillis())));
            if (whole) {
                trace.finish();
                trace.write(store, run);
            }
        }
    }

    /** Writes what there is if the run ends before the last round that was wanted. */
    @Override
    public void close() {
        if (traced == 0) {
            console.warn("there is no trace: no round was done that --profile could trace; train some more rounds");
        } else if (!whole) {
            write();
        }
    }

    private void write() {
        console.note("the trace of " + traced + (traced == 1 ? " round: " : " rounds: ") + trace.write(store, run)
                + " (open it in chrome://tracing or ui.perfetto.dev)");
    }
}
