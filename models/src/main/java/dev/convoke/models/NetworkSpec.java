package dev.convoke.models;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Which network to build.
 *
 * @param architecture a name from the {@link ModelCatalog}
 * @param input the shape of one input image
 * @param classes how many classes the output layer tells apart, at least 2
 * @param dropoutRate the share of activations dropped in training, in [0, 1); null keeps the architecture's own rates
 */
public record NetworkSpec(
        String architecture,
        ImageShape input,
        int classes,
        @Nullable Double dropoutRate) implements Serializable {

    /** Rejects what no network can be built from. */
    public NetworkSpec {
        if (classes < 2) {
            throw new IllegalArgumentException("A classifier needs at least 2 classes, got " + classes);
        }
        if (dropoutRate != null && !(dropoutRate >= 0 && dropoutRate < 1)) {
            throw new IllegalArgumentException("The dropout rate is the share dropped, in [0, 1), got " + dropoutRate);
        }
    }
}
