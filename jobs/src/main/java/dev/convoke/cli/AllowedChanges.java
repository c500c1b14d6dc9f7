package dev.convoke.cli;

import dev.convoke.models.NearestName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What {@code --allow-change} permits to differ from the run that is continued.
 *
 * @param names what was written there
 */
record AllowedChanges(Set<String> names) {

    static final List<String> KNOWN =
            List.of("seed", "workers", "batch", "averaging", "dataset", "architecture", "recipe");

    /** Checks the names. */
    AllowedChanges {
        names = Set.copyOf(names);
        for (String name : names) {
            if (!KNOWN.contains(name)) {
                throw new UsageException("--allow-change " + name + ": it takes " + String.join(", ", KNOWN)
                        + " (did you mean '" + NearestName.of(name, KNOWN) + "'?)");
            }
        }
    }

    /** Returns whether a key of the recipe may differ. */
    boolean coversKey(String key) {
        String section = key.contains(".") ? key.substring(0, key.indexOf('.')) : key;
        return names.contains("recipe") || (!section.equals("recipe") && names.contains(section));
    }

    /** Returns what of a checkpoint's identity may differ: with any key, the digest of all of them. */
    Set<String> ofIdentity() {
        Set<String> identity = new HashSet<>(names);
        if (!names.isEmpty() && !names.equals(Set.of("dataset"))) {
            identity.add("recipe");
        }
        return identity;
    }
}
