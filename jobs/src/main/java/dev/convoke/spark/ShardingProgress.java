package dev.convoke.spark;

/** Hears how far a sharding job is; for a line on the console. Called from any thread, never from two at once. */
@FunctionalInterface
public interface ShardingProgress {

    /**
     * Says how far it is.
     *
     * @param done how many
     * @param total of how many; 0 while that is not known
     * @param unit what is counted, such as {@code images}
     */
    void update(long done, long total, String unit);
}
