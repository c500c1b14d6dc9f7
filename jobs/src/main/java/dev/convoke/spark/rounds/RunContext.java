package dev.convoke.spark.rounds;

import dev.convoke.spark.MixedBuildsException;
import dev.convoke.training.TrainingSettings;
import dev.convoke.training.WorkerKit;
import java.io.Serializable;

/**
 * What executors need to know about a run; sent to them once.
 *
 * @param key names the run and its owner: what stays in memory between rounds is kept under it
 * @param build of the driver, which executors must be, too
 * @param kit makes replicas and opens examples
 * @param settings of the training
 * @param examples how many an epoch has
 */
record RunContext(String key, String build, WorkerKit kit, TrainingSettings settings, long examples)
        implements Serializable {

    /**
     * Checks that a process may work for the run.
     *
     * @throws MixedBuildsException if it is of another build
     */
    void requireBuild(String here) {
        if (!build.equals(here)) {
            throw new MixedBuildsException(build, here);
        }
    }
}
