package dev.convoke.data.synthetic;

import java.awt.Color;
import java.util.function.Function;

/** Colours as painters name them. */
final class Colours {

    private Colours() {}

    /** Returns the colour of a hue (in turns), saturation and brightness. */
    static Color of(double hue, double saturation, double brightness) {
        return Color.getHSBColor((float) hue, (float) unit(saturation), (float) unit(brightness));
    }

    /** Returns a colour made brighter (factor above 1) or darker. */
    static Color shade(Color colour, double factor) {
        return new Color(
                channel(colour.getRed() * factor),
                channel(colour.getGreen() * factor),
                channel(colour.getBlue() * factor),
                colour.getAlpha());
    }

    /** Returns a colour that lets what is below shine through; opacity is 0 to 255. */
    static Color faded(Color colour, int opacity) {
        return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), opacity);
    }

    /** Returns any colour, seldom a very dark or a very pale one. */
    static Color any(Chance chance) {
        return of(chance.between(0, 1), chance.between(0.25, 0.9), chance.between(0.45, 0.95));
    }

    /** Returns a colour of a palette that stands out against another, if the palette has one. */
    static Color against(Color background, Chance chance, Function<Chance, Color> palette) {
        Color best = palette.apply(chance);
        for (int attempt = 0; attempt < 12 && distance(best, background) < 170; attempt++) {
            Color other = palette.apply(chance);
            if (distance(other, background) > distance(best, background)) {
                best = other;
            }
        }
        return best;
    }

    /** Returns a colour whose hue lies between two, in turns; hues may pass 1. */
    static Color tone(Chance chance, double fromHue, double toHue) {
        return of(chance.between(fromHue, toHue), chance.between(0.4, 0.9), chance.between(0.45, 0.95));
    }

    /** Returns a white, gray or nearly black. */
    static Color plain(Chance chance) {
        return of(chance.between(0, 1), chance.between(0, 0.12), chance.between(0.2, 0.98));
    }

    /** Returns a light colour, as of walls and china. */
    static Color pale(Chance chance) {
        return of(chance.between(0, 1), chance.between(0.05, 0.35), chance.between(0.75, 0.98));
    }

    /** Returns how different two colours look, 0 to about 765. */
    static double distance(Color a, Color b) {
        double red = a.getRed() - b.getRed();
        double green = a.getGreen() - b.getGreen();
        double blue = a.getBlue() - b.getBlue();
        return Math.sqrt(2 * red * red + 4 * green * green + 3 * blue * blue);
    }

    private static int channel(double value) {
        return (int) Math.max(0, Math.min(255, Math.round(value)));
    }

    private static double unit(double value) {
        return Math.max(0, Math.min(1, value));
    }
}
