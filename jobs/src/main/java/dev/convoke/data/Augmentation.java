package dev.convoke.data;

import java.io.Serializable;

/**
 * How training images are varied. Build it from {@link #NONE}: {@code NONE.withRandomResizedCrop(0.08).withFlip()}.
 *
 * @param randomResizedCrop whether a random part of the image, of random proportions between 3:4 and 4:3, is scaled to
 *     the network's input; otherwise the centre is
 * @param smallestArea the smallest such part, as a fraction of the image's area
 * @param flip whether half of the images are mirrored left to right
 */
public record Augmentation(boolean randomResizedCrop, double smallestArea, boolean flip) implements Serializable {

    /** Every image the same each time: the centre, as in evaluation. */
    public static final Augmentation NONE = new Augmentation(false, 1, false);

    /** Checks the ranges. */
    public Augmentation {
        if (!(smallestArea > 0 && smallestArea <= 1)) {
            throw new IllegalArgumentException("The smallest area of a crop is above 0 and at most 1, not "
                    + smallestArea + "; 0.08 is usual for ImageNet");
        }
    }

    /** Returns this with random resized crops of at least a fraction of the image's area; 0.08 is usual. */
    public Augmentation withRandomResizedCrop(double smallestArea) {
        return new Augmentation(true, smallestArea, flip);
    }

    /** Returns this with half of the images mirrored. */
    public Augmentation withFlip() {
        return new Augmentation(randomResizedCrop, smallestArea, true);
    }
}
