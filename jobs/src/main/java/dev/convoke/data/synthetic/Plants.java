package dev.convoke.data.synthetic;

import static dev.convoke.data.synthetic.Brush.curve;
import static dev.convoke.data.synthetic.Brush.disc;
import static dev.convoke.data.synthetic.Brush.open;
import static dev.convoke.data.synthetic.Brush.oval;
import static dev.convoke.data.synthetic.Brush.polygon;

import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.AffineTransform;

/** What grows. */
final class Plants {

    private Plants() {}

    static void flower(Brush brush, Color colour) {
        Chance chance = brush.chance();
        Color green = Colours.of(chance.between(0.22, 0.38), 0.65, chance.between(0.35, 0.6));
        double bend = chance.between(-0.2, 0.2);
        brush.line(0.1, Colours.shade(green, 0.8), curve(0, -0.2, bend, 0.5, bend * 0.5, 1.0));
        brush.line(0.04, Colours.shade(green, 1.3), curve(-0.02, -0.2, bend - 0.02, 0.5, bend * 0.5 - 0.02, 1.0));
        for (int side = -1; side <= 1; side += 2) {
            Shape leaf = AffineTransform.getRotateInstance(side * -0.6, bend * 0.6, 0.75)
                    .createTransformedShape(oval(bend * 0.6 + side * 0.26, 0.75, 0.26, 0.09));
            brush.body(leaf, green);
        }
        int petals = chance.wholeBetween(6, 10);
        double turn = chance.between(0, 1);
        double length = chance.between(0.3, 0.36);
        for (int petal = 0; petal < petals; petal++) {
            double angle = 2 * Math.PI * (petal + turn) / petals;
            AffineTransform place = AffineTransform.getRotateInstance(angle, 0, -0.25);
            Shape shape = place.createTransformedShape(oval(0.36, -0.25, length, 1.5 / petals));
            brush.body(shape, Colours.shade(colour, chance.between(0.9, 1.1)));
            brush.line(
                    0.014,
                    Colours.faded(Colours.shade(colour, 0.5), 130),
                    place.createTransformedShape(open(0.15, -0.25, 0.55, -0.25)));
        }
        Color heart = chance.happens(0.75) ? new Color(238, 190, 40) : new Color(92, 58, 30);
        brush.body(disc(0, -0.25, 0.19), heart);
        for (int seed = 0; seed < 30; seed++) {
            double angle = chance.between(0, 2 * Math.PI);
            double radius = 0.16 * Math.sqrt(chance.between(0, 1));
            brush.flat(
                    disc(radius * Math.cos(angle), -0.25 + radius * Math.sin(angle), 0.018),
                    Colours.shade(heart, 0.55));
        }
    }

    static void tree(Brush brush, Color colour) {
        Chance chance = brush.chance();
        Color bark = Colours.of(chance.between(0.05, 0.1), 0.5, chance.between(0.25, 0.45));
        double girth = chance.between(0.09, 0.14);
        brush.body(polygon(-girth * 1.5, 1.0, -girth * 0.7, 0.1, girth * 0.7, 0.1, girth * 1.5, 1.0), bark);
        brush.rod(girth * 0.7, bark, 0, 0.4, -0.34, 0.02);
        brush.rod(girth * 0.7, bark, 0, 0.3, 0.32, -0.05);
        for (double x = -girth * 0.7; x < girth; x += girth * 0.45) {
            brush.line(0.016, Colours.shade(bark, 0.6), open(x, 0.2, x * 1.4, 0.95));
        }
        for (int clump = 0; clump < 26; clump++) {
            double angle = chance.between(0, 2 * Math.PI);
            double radius = 0.5 * Math.sqrt(chance.between(0, 1));
            double x = 1.15 * radius * Math.cos(angle);
            double y = -0.36 + 0.85 * radius * Math.sin(angle);
            brush.body(
                    disc(x, y, chance.between(0.14, 0.25)),
                    Colours.shade(colour, 1.02 - 0.35 * (y + 0.36) - chance.between(0, 0.2)));
        }
        for (int leaf = 0; leaf < 160; leaf++) {
            double angle = chance.between(0, 2 * Math.PI);
            double radius = 0.68 * Math.sqrt(chance.between(0, 1));
            brush.flat(
                    oval(1.05 * radius * Math.cos(angle), -0.36 + 0.85 * radius * Math.sin(angle), 0.035, 0.024),
                    Colours.faded(Colours.shade(colour, chance.between(0.5, 1.4)), 200));
        }
    }
}
