package dev.convoke.data;

import java.io.Serializable;

/**
 * How training images are varied. Build it from {@link #NONE}: {@code NONE.withRandomResizedCrop(0.08).withFlip()}.
 * Applied in the order of the parameters; each choice is keyed, none is drawn.
 *
 * @param randomResizedCrop whether a random part of the image, of random proportions between 3:4 and 4:3, is scaled to
 *     the network's input; otherwise the centre is
 * @param smallestArea the smallest such part, as a fraction of the image's area
 * @param rotation largest angle in degrees, either way; what comes in from outside repeats the edge
 * @param jitter of brightness, contrast, saturation and hue
 * @param flip whether half of the images are mirrored left to right
 * @param lighting standard deviation of AlexNet's shift along the principal components of ImageNet's colours; 0.1 is
 *     usual, 0 is none
 * @param erasing how many of the images have a random rectangle erased, 0 to 1
 */
public record Augmentation(
        boolean randomResizedCrop,
        double smallestArea,
        double rotation,
        ColourJitter jitter,
        boolean flip,
        double lighting,
        double erasing)
        implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Every image the same each time: the centre, as in evaluation. */
    public static final Augmentation NONE = new Augmentation(false, 1, 0, ColourJitter.NONE, false, 0, 0);

    /** Checks the ranges. */
    public Augmentation {
        if (!(smallestArea > 0 && smallestArea <= 1)) {
            throw new IllegalArgumentException("The smallest area of a crop is above 0 and at most 1, not "
                    + smallestArea + "; 0.08 is usual for ImageNet");
        }
        require(rotation >= 0 && rotation <= 180, "A rotation is between 0 and 180 degrees, not " + rotation);
        require(lighting >= 0 && lighting <= 10, "The deviation of lighting is between 0 and 10, not " + lighting);
        require(erasing >= 0 && erasing <= 1, "The share of erased images is between 0 and 1, not " + erasing);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Returns this with random resized crops of at least a fraction of the image's area; 0.08 is usual. */
    public Augmentation withRandomResizedCrop(double smallestArea) {
        return new Augmentation(true, smallestArea, rotation, jitter, flip, lighting, erasing);
    }

    /** Returns this with images turned by up to so many degrees. */
    public Augmentation withRotation(double degrees) {
        return new Augmentation(randomResizedCrop, smallestArea, degrees, jitter, flip, lighting, erasing);
    }

    /** Returns this with colours varied. */
    public Augmentation withJitter(ColourJitter colours) {
        return new Augmentation(randomResizedCrop, smallestArea, rotation, colours, flip, lighting, erasing);
    }

    /** Returns this with half of the images mirrored. */
    public Augmentation withFlip() {
        return new Augmentation(randomResizedCrop, smallestArea, rotation, jitter, true, lighting, erasing);
    }

    /** Returns this with light of varied colour; 0.1 is usual. */
    public Augmentation withLighting(double deviation) {
        return new Augmentation(randomResizedCrop, smallestArea, rotation, jitter, flip, deviation, erasing);
    }

    /** Returns this with a rectangle erased in a share of the images. */
    public Augmentation withErasing(double share) {
        return new Augmentation(randomResizedCrop, smallestArea, rotation, jitter, flip, lighting, share);
    }
}
