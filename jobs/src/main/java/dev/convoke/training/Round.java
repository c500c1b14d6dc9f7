package dev.convoke.training;

import java.io.Serializable;
import java.util.List;

/**
 * One averaging round of one epoch: what each worker trains before the workers average. A pure function of the settings
 * and the number of examples, so that any process can plan it again.
 *
 * @param number counts from 0 through the whole run
 * @param epoch counts from 0
 * @param shares one for each worker, in worker order; a share may be empty
 */
public record Round(int number, int epoch, List<Share> shares) implements Serializable {

    /**
     * What one worker does in a round.
     *
     * @param worker counts from 0
     * @param firstMinibatch the first of its minibatches within its epoch
     * @param minibatches how many; at most the averaging frequency
     * @param examples how many examples they hold, a short last one counted by its size
     */
    public record Share(int worker, int firstMinibatch, int minibatches, long examples) implements Serializable {}

    /** Copies the list. */
    public Round {
        shares = List.copyOf(shares);
    }

    /** Returns how many examples all workers train together. */
    public long examples() {
        return shares.stream().mapToLong(Share::examples).sum();
    }
}
