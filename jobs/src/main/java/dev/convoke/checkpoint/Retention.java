package dev.convoke.checkpoint;

/**
 * Which checkpoints stay. Whatever is asked for, at least two that verify do.
 *
 * @param newest this many of the highest rounds, at least 2
 * @param every rounds divisible by this stay for good; 0 for none
 */
public record Retention(int newest, int every) {

    /** The newest three. */
    public static final Retention DEFAULT = new Retention(3, 0);

    /** Checks the values. */
    public Retention {
        if (newest < 2 || every < 0) {
            throw new IllegalArgumentException("Cannot keep the newest " + newest + " checkpoints and every " + every
                    + "th: keep at least the newest 2, and every 0th (none) or a positive number");
        }
    }

    boolean keepsForGood(int roundsDone) {
        return every > 0 && roundsDone % every == 0;
    }
}
