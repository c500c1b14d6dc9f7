package dev.convoke.registry.promotion;

import java.util.List;

/**
 * What a rule says about a contest.
 *
 * @param passes whether the challenger takes the champion's place
 * @param isDryRun whether that is only told, not carried out
 * @param why the deciding findings, one line
 * @param findings every criterion that was looked at
 */
public record Verdict(boolean passes, boolean isDryRun, String why, List<Finding> findings) {

    /**
     * One criterion.
     *
     * @param criterion its name
     * @param holds whether the challenger meets it
     * @param detail what was measured and what is asked for
     */
    public record Finding(String criterion, boolean holds, String detail) {}

    /** Copies the list. */
    public Verdict {
        findings = List.copyOf(findings);
    }

    /** Returns whether the champion really changes. */
    public boolean promotes() {
        return passes && !isDryRun;
    }
}
