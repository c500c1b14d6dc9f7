package dev.convoke.evaluation;

import java.util.List;

/**
 * One example with what the network thought it was.
 *
 * @param path where the example came from
 * @param group the group of the split it stands in
 * @param row its place in that group, so that its image can be read again
 * @param label its class
 * @param loss its cross-entropy in nats
 * @param guesses the likeliest classes, likeliest first, at most five
 */
public record PredictedExample(String path, int group, int row, int label, double loss, List<Guess> guesses) {

    /**
     * A class and how likely it is.
     *
     * @param label index of the class
     * @param probability in [0, 1]
     */
    public record Guess(int label, double probability) {}

    /** Copies the list. */
    public PredictedExample {
        guesses = List.copyOf(guesses);
    }

    /** Returns whether the likeliest class is the example's own. */
    public boolean correct() {
        return guesses.get(0).label() == label;
    }
}
