package dev.convoke.spark;

/** Driver and executors are different builds of Convoke: give every node the same one, then run the command again. */
public final class MixedBuildsException extends RuntimeException {

    /** Names both builds. */
    public MixedBuildsException(String ofDriver, String ofExecutor) {
        super("The driver is Convoke " + ofDriver + " and an executor " + ofExecutor
                + ": their results would differ; put the same distribution on every node (CONVOKE_APP) and run the same"
                + " command again");
    }
}
