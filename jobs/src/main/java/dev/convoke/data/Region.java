package dev.convoke.data;

/**
 * A rectangle of an upright image, in whole pixels.
 *
 * @param x left edge
 * @param y upper edge
 * @param width at least 1
 * @param height at least 1
 */
record Region(int x, int y, int width, int height) {

    private static final int TRIES = 10;
    private static final double NARROWEST = 3.0 / 4;
    private static final double WIDEST = 4.0 / 3;

    /**
     * Returns the largest centred region with the target's proportions, shrunk by {@code fraction}: what remains when
     * the image is scaled until it covers {@code target / fraction} and the centre is cut out.
     */
    static Region centre(int imageWidth, int imageHeight, int targetWidth, int targetHeight, double fraction) {
        double scale = Math.min((double) imageWidth / targetWidth, (double) imageHeight / targetHeight) * fraction;
        int width = limit(scale * targetWidth, imageWidth);
        int height = limit(scale * targetHeight, imageHeight);
        return new Region((imageWidth - width) / 2, (imageHeight - height) / 2, width, height);
    }

    /**
     * Returns a region of random area, proportions and place (Szegedy et al., 2015): the area uniform between
     * {@code smallestArea} and 1 of the image's, the logarithm of width by height uniform between those of 3/4 and 4/3.
     * Where ten draws do not fit, the largest centred region within those proportions.
     */
    static Region random(int imageWidth, int imageHeight, double smallestArea, long key) {
        double area = (double) imageWidth * imageHeight;
        for (int i = 0; i < TRIES; i++) {
            double part = smallestArea + (1 - smallestArea) * Keys.uniform(Keys.mix(key, i, 0));
            double logarithm = Math.log(NARROWEST) + Math.log(WIDEST / NARROWEST) * Keys.uniform(Keys.mix(key, i, 1));
            double aspect = Math.exp(logarithm);
            long width = Math.round(Math.sqrt(area * part * aspect));
            long height = Math.round(Math.sqrt(area * part / aspect));
            if (width >= 1 && height >= 1 && width <= imageWidth && height <= imageHeight) {
                int x = Keys.below((int) (imageWidth - width + 1), Keys.mix(key, i, 2));
                int y = Keys.below((int) (imageHeight - height + 1), Keys.mix(key, i, 3));
                return new Region(x, y, (int) width, (int) height);
            }
        }
        double aspect = Math.max(NARROWEST, Math.min(WIDEST, (double) imageWidth / imageHeight));
        int width = limit(Math.min(imageWidth, imageHeight * aspect), imageWidth);
        int height = limit(Math.min(imageHeight, imageWidth / aspect), imageHeight);
        return new Region((imageWidth - width) / 2, (imageHeight - height) / 2, width, height);
    }

    /** Returns the same region of an image whose sides are divided by {@code reduction}, rounding up. */
    Region reduced(int reduction, int reducedWidth, int reducedHeight) {
        int left = Math.min(x / reduction, reducedWidth - 1);
        int top = Math.min(y / reduction, reducedHeight - 1);
        int newWidth = Math.max(1, Math.min((width + reduction / 2) / reduction, reducedWidth - left));
        int newHeight = Math.max(1, Math.min((height + reduction / 2) / reduction, reducedHeight - top));
        return new Region(left, top, newWidth, newHeight);
    }

    private static int limit(double side, int largest) {
        return (int) Math.max(1, Math.min(largest, Math.round(side)));
    }
}
