package dev.convoke.config;

import java.util.List;

/** A recipe cannot be used: correct it. Carries every problem found, each with its key, its place and the remedy. */
public final class RecipeException extends RuntimeException {

    private final List<String> problems;

    /** Carries the problems, one line each. */
    public RecipeException(List<String> problems) {
        super(String.join(System.lineSeparator(), problems));
        this.problems = List.copyOf(problems);
    }

    /** Returns the problems in the order of the recipe. */
    public List<String> problems() {
        return problems;
    }
}
