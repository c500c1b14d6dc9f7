package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.util.Locale;

/** Shows a run on one steady line: epoch, round, loss, accuracy, learning rate, rate, time left, last checkpoint. */
final class TrainingConsole implements RoundListener {

    private final ProgressLine line;
    private long examplesAtStart;
    private long examplesInAll;
    private int epochs;
    private int rounds;
    private String checkpoint = "none";

    TrainingConsole(ProgressLine line) {
        this.line = line;
    }

    @Override
    public void started(RunPlan plan, int roundsDone) {
        epochs = plan.settings().epochs();
        rounds = plan.roundCount();
        examplesAtStart = plan.examplesBefore(roundsDone);
        examplesInAll = Math.multiplyExact(plan.examples(), (long) epochs);
    }

    @Override
    public void roundDone(RoundSummary summary) {
        String detail = String.format(
                Locale.ROOT,
                "epoch %d/%d, round %d/%d, loss %.3f, top-1 %.3f, rate %.2g, checkpoint %s",
                summary.round().epoch() + 1,
                epochs,
                summary.round().number() + 1,
                rounds,
                summary.loss(),
                summary.accuracy(),
                summary.learningRate(),
                checkpoint);
        line.update(summary.examplesSeen() - examplesAtStart, examplesInAll - examplesAtStart, detail);
    }

    @Override
    public void checkpointed(Checkpoint committed, double millis) {
        checkpoint = String.valueOf(committed.header().roundsDone());
    }

    @Override
    public void wentBack(int fromRound, int toRound) {
        line.finish();
    }
}
