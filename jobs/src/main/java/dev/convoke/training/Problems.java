package dev.convoke.training;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a record's fields, so that a person sees all of it at once. */
final class Problems {

    private final List<String> found = new ArrayList<>();

    /** Notes {@code problem} unless {@code holds}. */
    Problems require(boolean holds, String problem) {
        if (!holds) {
            found.add(problem);
        }
        return this;
    }

    /** Ends the construction of a record that has problems. */
    void throwIfAny() {
        if (!found.isEmpty()) {
            throw new InvalidSettingsException(found);
        }
    }
}
