package dev.convoke.shard.ingest;

import dev.convoke.data.Keys;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.Layout.Place;
import java.io.Serializable;

/**
 * Decides which split an image belongs to where its folder does not: by a draw keyed by seed and path, so that adding
 * images moves none of the others.
 *
 * @param seed keys the draw
 * @param validationFraction how much becomes validation, at least 0
 * @param testFraction how much becomes test, at least 0
 */
public record SplitDraw(long seed, double validationFraction, double testFraction) implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final long DRAW = 1;

    /** Checks that something is left to train on. */
    public SplitDraw {
        boolean usable = validationFraction >= 0 && testFraction >= 0 && validationFraction + testFraction < 1;
        if (!usable) {
            throw new IllegalArgumentException(
                    "Fractions of " + validationFraction + " for validation and " + testFraction
                            + " for test leave nothing to train on: both must be at least 0 and together below 1");
        }
    }

    /** Returns the split of an image: as its folder says, or as drawn out of what is for training. */
    public Split split(String path, Place place) {
        if (place.split() != null && place.split() != Split.TRAIN) {
            return place.split();
        }
        double number = Keys.uniform(Keys.mix(seed, DRAW, Keys.of(path)));
        if (number < validationFraction) {
            return Split.VALIDATION;
        }
        return number < validationFraction + testFraction ? Split.TEST : Split.TRAIN;
    }
}
