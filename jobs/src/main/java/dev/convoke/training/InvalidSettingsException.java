package dev.convoke.training;

import java.util.List;

/** Settings that cannot be trained with: correct every one of {@link #problems()}. */
public final class InvalidSettingsException extends IllegalArgumentException {

    private final List<String> problems;

    /** Carries one sentence for each problem; each starts with the name of the setting. */
    public InvalidSettingsException(List<String> problems) {
        super(String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Returns one sentence for each problem: the setting, the value it has and the values it may have. */
    public List<String> problems() {
        return problems;
    }
}
