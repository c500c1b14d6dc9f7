package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.cli.ProgressLine.Saying;
import dev.convoke.training.CheckpointTimes;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Shows a run on one steady line: epoch, round, loss, accuracy, learning rate, rates, time left, last checkpoint. */
final class TrainingConsole implements RoundListener {

    private final ProgressLine line;
    private final Console console;
    private long examplesAtStart;
    private long examplesInAll;
    private int epochs;
    private int rounds;
    private String checkpoint = "none";

    TrainingConsole(ProgressLine line, Console console) {
        this.line = line;
        this.console = console;
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
        long done = summary.examplesSeen() - examplesAtStart;
        long total = examplesInAll - examplesAtStart;
        line.update(
                done,
                total,
                seconds -> new Saying(text(summary, ProgressLine.left(done, total, seconds)), fields(summary)));
    }

    private String text(RoundSummary summary, String left) {
        double rate = summary.examplesPerSecond();
        return String.format(
                Locale.ROOT,
                "epoch %d/%d, round %d/%d, loss %.3f, top-1 %.3f, lr %.3g, %.1f images/s (%.1f a worker), %s left,"
                        + " checkpoint %s",
                summary.round().epoch() + 1,
                epochs,
                summary.round().number() + 1,
                rounds,
                summary.loss(),
                summary.accuracy(),
                summary.learningRate(),
                rate,
                rate / summary.workers().size(),
                left,
                checkpoint);
    }

    private Map<String, Object> fields(RoundSummary summary) {
        double rate = summary.examplesPerSecond();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("epoch", summary.round().epoch() + 1);
        fields.put("epochs", epochs);
        fields.put("round", summary.round().number() + 1);
        fields.put("rounds", rounds);
        fields.put("loss", summary.loss());
        fields.put("top1", summary.accuracy());
        fields.put("learning_rate", summary.learningRate());
        fields.put("images_per_second", rate);
        fields.put("images_per_second_per_worker", rate / summary.workers().size());
        Object saved = checkpoint.equals("none") ? (Object) Double.NaN : (Object) Integer.valueOf(checkpoint);
        fields.put("checkpoint", saved);
        return fields;
    }

    @Override
    public void checkpointed(Checkpoint committed, CheckpointTimes times) {
        checkpoint = String.valueOf(committed.header().roundsDone());
        console.event(
                "checkpoint", Map.of("round", committed.header().roundsDone(), "held_up_millis", times.heldUpMillis()));
    }

    @Override
    public void wentBack(int fromRound, int toRound) {
        line.finish();
        console.event("went_back", Map.of("from_round", fromRound, "to_round", toRound));
    }
}
