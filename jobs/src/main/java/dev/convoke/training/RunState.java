package dev.convoke.training;

/**
 * The state vector of a run after a round, wherever its bytes live: one array in tests, slices on executors under
 * Spark. Only the {@link RoundRunner} that made it knows how to use it.
 */
public interface RunState {

    /** Returns how many rounds this state has behind it; 0 is the initial state. */
    int roundsDone();
}
