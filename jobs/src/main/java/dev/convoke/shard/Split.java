package dev.convoke.shard;

import java.util.Locale;
import java.util.Optional;

/** What a part of a dataset is for. */
public enum Split {
    /** What networks learn from. */
    TRAIN,
    /** What settings are chosen by. */
    VALIDATION,
    /** What is looked at once, in the end. */
    TEST;

    /** Returns the name in manifests, recipes and folders: lower case. */
    public String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the split a folder of images stands for by its usual names, such as {@code val}; or empty. */
    public static Optional<Split> ofFolder(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "train", "training" -> Optional.of(TRAIN);
            case "val", "valid", "validation", "dev" -> Optional.of(VALIDATION);
            case "test", "testing" -> Optional.of(TEST);
            default -> Optional.empty();
        };
    }

    /**
     * Returns the split of a name in a recipe or on the command line.
     *
     * @throws UnknownSplitException if there is none; lists those there are
     */
    public static Split of(String name) {
        for (Split split : values()) {
            if (split.folder().equals(name)) {
                return split;
            }
        }
        throw new UnknownSplitException("Unknown split '" + name + "': use train, validation or test");
    }
}
