package dev.convoke.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which versions stay: the newest, everything an alias names or named lately, and what each alias would roll back to.
 *
 * @param newest how many of the newest versions stay; at least 1, so that no number is ever given twice
 * @param aliasDays versions that an alias named within so many days stay
 */
public record VersionRetention(int newest, double aliasDays) {

    /** Checks that the newest version stays. */
    public VersionRetention {
        if (newest < 1) {
            throw new IllegalArgumentException("At least the newest version stays, not " + newest);
        }
    }

    /** Returns the numbers of the versions that stay, each with the reason. */
    public Map<Integer, String> staying(ModelRegistry registry, Instant now) {
        Map<Integer, String> staying = new TreeMap<>();
        List<ModelVersion> versions = registry.versions();
        for (int i = Math.max(0, versions.size() - newest); i < versions.size(); i++) {
            staying.put(versions.get(i).number(), "among the " + newest + " newest");
        }
        for (String alias : registry.aliases()) {
            List<AliasMove> history = registry.history(alias);
            for (int i = 0; i < history.size(); i++) {
                // What a move named, it named until the next one.
                Instant until = i + 1 < history.size() ? history.get(i + 1).at() : now;
                double days = Duration.between(until, now).toMillis() / 86_400_000.0;
                if (days <= aliasDays) {
                    staying.put(history.get(i).version(), alias + " names it, or did within " + aliasDays + " days");
                }
            }
            registry.current(alias).ifPresent(move -> staying.put(move.version(), alias + " names it"));
            if (!history.isEmpty()) {
                registry.earlier(alias)
                        .ifPresent(target -> staying.putIfAbsent(target.number(), alias + " would roll back to it"));
            }
        }
        return staying;
    }
}
