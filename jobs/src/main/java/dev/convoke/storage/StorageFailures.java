package dev.convoke.storage;

/** Says in our words what a file system told somebody else, such as Spark. */
public final class StorageFailures {

    private StorageFailures() {}

    /**
     * Returns what an error means and what to do about it.
     *
     * @param doing what was tried, such as {@code write the event log in hdfs://namenode/spark-events}
     * @param location where
     */
    public static RuntimeException explain(String doing, Location location, Exception error) {
        return HadoopErrors.explain(doing, location, error);
    }
}
