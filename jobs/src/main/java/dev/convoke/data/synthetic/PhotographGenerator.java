package dev.convoke.data.synthetic;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Point2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/**
 * Makes photograph-like JPEGs of ten kinds of things, drawn from a seed: varied in size, shape, colour, pose,
 * background, light, softness and grain, and none told from another by its colours. Each photograph is a pure function
 * of (seed, index), so any number of threads or machines may share the work. Thread-safe; needs no display and no
 * fonts.
 */
public final class PhotographGenerator {

    /** The smallest side a photograph can have, in pixels. */
    public static final int SMALLEST_SIDE = 104;

    /** The longest side a photograph can have, in pixels. */
    public static final int LONGEST_SIDE = 208;

    private final long seed;

    /** Makes the photographs of one seed. */
    public PhotographGenerator(long seed) {
        this.seed = seed;
    }

    /** Returns the ten kinds, sorted by name. */
    public static List<String> kinds() {
        return Kind.ALL.stream().map(Kind::label).toList();
    }

    /**
     * Takes one photograph. Its kind is {@code index % 10}, in the order of {@link #kinds()}; one in twenty is in black
     * and white.
     *
     * @param index from 0 on
     */
    public Photograph photograph(int index) {
        if (index < 0) {
            throw new IllegalArgumentException("Photographs are counted from 0, got " + index);
        }
        Kind kind = Kind.ALL.get(index % Kind.ALL.size());
        Chance chance = new Chance(seed, index);
        BufferedImage image = picture(kind, chance);
        String name = String.format(Locale.ROOT, "%s-%05d.jpg", kind.label(), index / Kind.ALL.size());
        float quality = (float) chance.between(0.7, 0.95);
        BufferedImage developed = chance.happens(0.05) ? JpegFiles.gray(image) : image;
        return new Photograph(kind.label(), name, JpegFiles.encode(developed, quality));
    }

    private static BufferedImage picture(Kind kind, Chance chance) {
        int shortSide = chance.wholeBetween(SMALLEST_SIDE, 160);
        int longSide = (int) (shortSide * chance.between(1, 1.3));
        boolean upright = chance.happens(0.5);
        int width = upright ? shortSide : longSide;
        int height = upright ? longSide : shortSide;
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);

        kind.scene(chance).paint(graphics, chance, width, height);
        if (chance.happens(0.85)) {
            Lens.defocus(image, chance.wholeBetween(1, 4));
        }
        Color behind = mean(image);
        pose(graphics, kind, chance, width, height);
        kind.draw(new Brush(graphics, chance, chance.between(-2.6, -0.5)), behind);
        graphics.dispose();
        if (chance.happens(0.3)) {
            Lens.defocus(image, 1);
        }
        Lens.expose(image, chance);
        return image;
    }

    /** Places the subject's box in the picture and drops its shadow. */
    private static void pose(Graphics2D graphics, Kind kind, Chance chance, int width, int height) {
        double side = Math.min(width, height);
        double scale = side * chance.between(0.37, 0.46);
        AffineTransform place = new AffineTransform();
        place.translate(
                width / 2.0 + side * chance.between(-0.06, 0.06), height / 2.0 + side * chance.between(-0.05, 0.05));
        place.rotate(Math.toRadians(chance.between(-kind.tilt(), kind.tilt())));
        place.shear(chance.between(-0.12, 0.12), 0);
        boolean mirrored = chance.happens(0.5);
        place.scale(mirrored ? -scale : scale, scale * chance.between(0.88, 1.12));
        graphics.transform(place);
        if (!kind.stands()) {
            return;
        }
        graphics.setPaint(
                new RadialGradientPaint(new Point2D.Double(0.05, 0.88), 1f, new float[] {0f, 0.6f, 1f}, new Color[] {
                    new Color(0, 0, 0, 110), new Color(0, 0, 0, 60), new Color(0, 0, 0, 0)
                }));
        graphics.fill(Brush.oval(0.05, 0.88, 1, 0.16));
    }

    private static Color mean(BufferedImage image) {
        long red = 0;
        long green = 0;
        long blue = 0;
        int count = 0;
        for (int y = image.getHeight() / 4; y < image.getHeight() * 3 / 4; y += 2) {
            for (int x = image.getWidth() / 4; x < image.getWidth() * 3 / 4; x += 2) {
                int pixel = image.getRGB(x, y);
                red += pixel >> 16 & 0xFF;
                green += pixel >> 8 & 0xFF;
                blue += pixel & 0xFF;
                count++;
            }
        }
        return new Color((int) (red / count), (int) (green / count), (int) (blue / count));
    }
}
