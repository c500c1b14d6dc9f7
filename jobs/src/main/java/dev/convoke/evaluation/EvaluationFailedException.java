package dev.convoke.evaluation;

/** An evaluation cannot vouch for its figures: check the data and the model it names, then evaluate again. */
public final class EvaluationFailedException extends RuntimeException {

    /** Carries what was seen, where, and the remedy. */
    public EvaluationFailedException(String message) {
        super(message);
    }
}
