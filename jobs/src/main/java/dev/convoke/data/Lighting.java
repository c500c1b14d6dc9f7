package dev.convoke.data;

/**
 * AlexNet's colour augmentation (Krizhevsky et al., 2012, section 4.1): a shift of all pixels along the principal
 * components of ImageNet's colours, each by a normally distributed multiple of its eigenvalue's root.
 */
final class Lighting {

    private static final double[] SPREAD = {0.2175, 0.0188, 0.0045};
    private static final double[][] COMPONENTS = {
        {-0.5675, 0.7192, 0.4009}, {-0.5808, -0.0045, -0.8140}, {-0.5836, -0.6948, 0.4203}
    };

    private Lighting() {}

    /** Returns what is added to red, green and blue on the scale of 0 to 1. */
    static double[] shift(double deviation, long key) {
        double[] shift = new double[3];
        if (deviation > 0) {
            for (int component = 0; component < 3; component++) {
                double amount = deviation * Keys.normal(Keys.mix(key, component)) * SPREAD[component];
                for (int channel = 0; channel < 3; channel++) {
                    shift[channel] += COMPONENTS[channel][component] * amount;
                }
            }
        }
        return shift;
    }
}
