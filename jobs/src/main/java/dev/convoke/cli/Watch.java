package dev.convoke.cli;

import dev.convoke.metrics.mlflow.MlflowRun;
import java.util.Optional;

/**
 * How somebody wants to watch a run.
 *
 * @param console whom it speaks to
 * @param profiledRounds how many rounds are traced; 0 for none
 * @param mlflow where its figures are sent to
 */
record Watch(Console console, int profiledRounds, Optional<MlflowRun.Target> mlflow) {

    /** Returns the usual way: a console and the files of the run. */
    static Watch on(Console console) {
        return new Watch(console, 0, Optional.empty());
    }
}
