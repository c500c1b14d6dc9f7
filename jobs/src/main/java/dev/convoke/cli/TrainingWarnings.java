package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.training.CheckpointTimes;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Notices while a run is at work what slows it down or keeps it from learning; says each thing once, with a remedy. */
final class TrainingWarnings implements RoundListener {

    /** So many rounds are looked at together; the first one of a process is warming up and does not count. */
    private static final int WINDOW = 8;

    private static final double WAITING = 0.25;
    private static final double MOVING = 0.5;
    private static final double SKEWED = 1.5;
    private static final double SAVING = 0.2;

    /** What has been said. */
    private enum Topic {
        WAITING,
        MOVING,
        SKEWED,
        SAVING,
        NOT_LEARNING
    }

    private final Console console;
    private final ProgressLine line;
    private final Set<Topic> said = EnumSet.noneOf(Topic.class);
    private final List<RoundSummary> window = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();
    private boolean warm;
    private int roundsInFirstEpoch;
    private double savingMillis;
    private double trainingMillis;

    TrainingWarnings(Console console, ProgressLine line) {
        this.console = console;
        this.line = line;
    }

    @Override
    public void started(RunPlan plan, int roundsDone) {
        roundsInFirstEpoch = roundsDone == 0 ? plan.roundsBefore(1) : 0;
        losses.clear();
    }

    @Override
    public void roundDone(RoundSummary summary) {
        notLearning(summary);
        if (!warm) {
            warm = true;
            return;
        }
        trainingMillis += summary.millis();
        window.add(summary);
        if (window.size() == WINDOW) {
            waiting();
            moving();
            skewed();
            saving();
            window.clear();
        }
    }

    @Override
    public void checkpointed(Checkpoint checkpoint, CheckpointTimes times) {
        savingMillis += times.heldUpMillis();
    }

    private void waiting() {
        double waited = 0;
        double worked = 0;
        for (RoundSummary summary : window) {
            for (WorkerReport worker : summary.workers()) {
                waited += worker.waitMillis();
                worked += worker.computeMillis();
            }
        }
        double share = waited / (waited + worked);
        if (share > WAITING) {
            warn(
                    Topic.WAITING,
                    "the workers wait %.0f %% of their time for examples: raise feed.decoders, keep decoded images with"
                            + " feed.cache_mb, or shard again with a smaller --resize",
                    100 * share);
        }
    }

    private void moving() {
        double all = 0;
        double training = 0;
        for (RoundSummary summary : window) {
            all += summary.millis();
            training += summary.workers().stream()
                    .mapToDouble(worker -> worker.computeMillis() + worker.waitMillis())
                    .max()
                    .orElse(0);
        }
        // DL4J's own master does not say how long its workers train.
        if (training > 0 && 1 - training / all > MOVING) {
            warn(
                    Topic.MOVING,
                    "%.0f %% of a round goes into moving and averaging the state: raise averaging.frequency or batch;"
                            + " './convoke plan RECIPE' predicts what it costs",
                    100 * (1 - training / all));
        }
    }

    private void skewed() {
        WorkerReport slowest = window.get(WINDOW - 1).workers().stream()
                .max(Comparator.comparingDouble(WorkerReport::computeMillis))
                .orElseThrow();
        long slow = window.stream().filter(summary -> skew(summary) > SKEWED).count();
        if (slow == WINDOW) {
            warn(
                    Topic.SKEWED,
                    "the slowest worker, now %.0f, computes %.1f times as long as the mean, round after round: look at"
                            + " what else runs on its host, or give every executor the same cores",
                    slowest.worker(),
                    skew(window.get(WINDOW - 1)));
        }
    }

    private static double skew(RoundSummary summary) {
        double mean = summary.workers().stream()
                .filter(worker -> worker.examples() > 0)
                .mapToDouble(WorkerReport::computeMillis)
                .average()
                .orElse(0);
        double most = summary.workers().stream()
                .mapToDouble(WorkerReport::computeMillis)
                .max()
                .orElse(0);
        return mean > 0 ? most / mean : 1;
    }

    private void saving() {
        double share = savingMillis / (savingMillis + trainingMillis);
        if (share > SAVING) {
            warn(
                    Topic.SAVING,
                    "checkpoints hold training up for %.0f %% of the time: raise checkpoint.every_rounds, or write to"
                            + " faster storage",
                    100 * share);
        }
    }

    private void notLearning(RoundSummary summary) {
        if (losses.size() >= roundsInFirstEpoch) {
            return;
        }
        losses.add(summary.loss());
        if (losses.size() < roundsInFirstEpoch || losses.size() < WINDOW) {
            return;
        }
        int quarter = losses.size() / 4;
        double before = mean(losses.subList(0, quarter));
        double after = mean(losses.subList(losses.size() - quarter, losses.size()));
        if (after >= before) {
            warn(
                    Topic.NOT_LEARNING,
                    "the loss has not fallen in the first epoch (%.3f, then %.3f): lower optimizer.learning_rate,"
                            + " lengthen schedule.warmup_epochs, and look at './convoke preview' for wrong labels",
                    before,
                    after);
        }
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    private void warn(Topic topic, String format, double... figures) {
        if (said.add(topic)) {
            Object[] boxed = new Object[figures.length];
            for (int i = 0; i < boxed.length; i++) {
                boxed[i] = figures[i];
            }
            line.finish();
            console.warn(String.format(Locale.ROOT, format, boxed));
        }
    }
}
