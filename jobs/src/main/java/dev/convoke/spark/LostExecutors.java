package dev.convoke.spark;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Recognises a job that Spark gave up because one of its tasks lost executor after executor. */
public final class LostExecutors {

    private static final Pattern GIVEN_UP = Pattern.compile("Task (\\d+) in stage \\S+ failed (\\d+) times");
    private static final Pattern REASON = Pattern.compile("ExecutorLostFailure \\(([^)]*)\\)(?: Reason: ([^\\n]*))?");

    private LostExecutors() {}

    /**
     * Returns what to tell the user if this is such a failure.
     *
     * @param what the work, as the start of a sentence, such as {@code Round 3}
     */
    public static Optional<ClusterException> explain(String what, Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        Matcher task = GIVEN_UP.matcher(message);
        Matcher reason = REASON.matcher(message);
        if (!task.find() || !reason.find()) {
            return Optional.empty();
        }
        String why = reason.group(2) == null ? reason.group(1) : reason.group(2).strip();
        return Optional.of(new ClusterException(
                what + ": task " + task.group(1) + " (tasks are numbered as workers) lost its executor "
                        + task.group(2) + " times, the last time because: " + why
                        + ". Usually the executor needs more memory than it was given: raise"
                        + " spark.executor.memoryOverhead or spark.executor.memory and look at that executor's log;"
                        + " what is committed is intact, the same command goes on from there",
                failure));
    }
}
