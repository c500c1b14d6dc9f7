package dev.convoke.cli;

import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.util.Set;

/**
 * Keeps the checkpoint whose evaluation on the way was best (top-1, then loss; of equals the earlier) from retention.
 */
final class BestCheckpoint {

    private final CheckpointStore checkpoints;
    private int round = -1;
    private double top1 = Double.NEGATIVE_INFINITY;
    private double loss = Double.POSITIVE_INFINITY;

    BestCheckpoint(CheckpointStore checkpoints) {
        this.checkpoints = checkpoints;
    }

    /**
     * Goes on from what earlier processes of the run have evaluated.
     *
     * @param rounds how many rounds the run has behind it; later figures are of a course that was given up
     */
    void recall(FileStore store, Location run, String split, int rounds) {
        EvaluationReport.readOnTheWay(store, run).stream()
                .filter(report -> report.evaluated().split().equals(split)
                        && report.evaluated().rounds() <= rounds)
                .forEach(this::consider);
    }

    /** Takes note of an evaluation. */
    void consider(EvaluationReport report) {
        EvaluationReport.Headline figures = report.headline();
        if (figures.top1() > top1 || (figures.top1() == top1 && figures.loss() < loss)) {
            round = report.evaluated().rounds();
            top1 = figures.top1();
            loss = figures.loss();
            checkpoints.keep(Set.of(round));
        }
    }

    /** Returns the rounds behind the best state, -1 if none was evaluated. */
    int round() {
        return round;
    }
}
