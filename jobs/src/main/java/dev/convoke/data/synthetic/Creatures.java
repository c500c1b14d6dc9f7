package dev.convoke.data.synthetic;

import static dev.convoke.data.synthetic.Brush.curve;
import static dev.convoke.data.synthetic.Brush.disc;
import static dev.convoke.data.synthetic.Brush.open;
import static dev.convoke.data.synthetic.Brush.oval;
import static dev.convoke.data.synthetic.Brush.polygon;

import java.awt.Color;
import java.awt.geom.Arc2D;
import java.awt.geom.Path2D;

/** What breathes. */
final class Creatures {

    private Creatures() {}

    static void cat(Brush brush, Color colour) {
        Chance chance = brush.chance();
        Color fur = Colours.shade(colour, 0.95);
        Color stripe = Colours.shade(fur, 0.5);
        double ear = chance.between(0.85, 1.0);
        for (int side = -1; side <= 1; side += 2) {
            brush.body(polygon(side * 0.72, -0.15, side * 0.66, -ear, side * 0.16, -0.5), fur);
            brush.flat(polygon(side * 0.6, -0.3, side * 0.59, -ear + 0.2, side * 0.3, -0.5), new Color(214, 150, 150));
        }
        brush.body(oval(0, 0.1, chance.between(0.72, 0.82), 0.68), fur);
        for (int hair = 0; hair < 90; hair++) {
            double angle = chance.between(0, 2 * Math.PI);
            double radius = chance.between(0.2, 0.68);
            double x = radius * Math.cos(angle) * 1.05;
            double y = 0.1 + radius * Math.sin(angle) * 0.92;
            brush.line(
                    0.014,
                    Colours.faded(Colours.shade(fur, chance.between(0.65, 1.3)), 150),
                    open(x, y, x * 1.1, y + 0.08));
        }
        for (double x = -0.24; x < 0.3; x += 0.16) {
            brush.line(0.06, Colours.faded(stripe, 200), open(x, -0.5, x * 0.7, -0.26));
        }
        for (int side = -1; side <= 1; side += 2) {
            brush.line(0.05, Colours.faded(stripe, 190), open(side * 0.74, 0.1, side * 0.5, 0.12));
            brush.line(0.05, Colours.faded(stripe, 190), open(side * 0.7, 0.3, side * 0.48, 0.26));
        }
        face(brush, chance.happens(0.5) ? new Color(190, 210, 70) : new Color(230, 180, 50));
    }

    private static void face(Brush brush, Color iris) {
        for (int side = -1; side <= 1; side += 2) {
            brush.flat(oval(side * 0.31, -0.02, 0.17, 0.14), new Color(30, 30, 30));
            brush.flat(oval(side * 0.31, -0.02, 0.145, 0.115), iris);
            brush.flat(oval(side * 0.31, -0.02, 0.045, 0.11), Color.BLACK);
            brush.flat(disc(side * 0.31 + 0.05, -0.06, 0.025), Color.WHITE);
            brush.body(oval(side * 0.14, 0.42, 0.19, 0.15), new Color(238, 228, 214));
        }
        brush.flat(polygon(-0.1, 0.24, 0.1, 0.24, 0, 0.36), new Color(200, 110, 116));
        brush.line(0.025, new Color(70, 50, 50), curve(0, 0.36, -0.02, 0.5, -0.16, 0.48));
        brush.line(0.025, new Color(70, 50, 50), curve(0, 0.36, 0.02, 0.5, 0.16, 0.48));
        for (int side = -1; side <= 1; side += 2) {
            for (int whisker = -1; whisker <= 1; whisker++) {
                brush.line(
                        0.018,
                        new Color(250, 250, 250, 210),
                        curve(side * 0.2, 0.4, side * 0.6, 0.38 + whisker * 0.06, side * 0.98, 0.42 + whisker * 0.16));
            }
        }
    }

    static void fish(Brush brush, Color colour) {
        Chance chance = brush.chance();
        double height = chance.between(0.36, 0.5);
        Color fin = chance.happens(0.5) ? Colours.any(chance) : Colours.shade(colour, 0.75);
        brush.body(polygon(-0.5, 0, -0.98, -height * 1.05, -0.84, 0, -0.98, height * 1.05), fin);
        brush.body(polygon(-0.3, -height * 0.6, -0.1, -height * 1.7, 0.35, -height * 1.2, 0.4, -height * 0.7), fin);
        brush.body(polygon(-0.1, height * 0.7, -0.2, height * 1.45, 0.2, height * 0.85), fin);
        Path2D flank = new Path2D.Double();
        flank.moveTo(-0.62, 0);
        flank.curveTo(-0.2, -height * 1.3, 0.5, -height * 1.3, 0.95, 0.02);
        flank.curveTo(0.5, height * 1.3, -0.2, height * 1.3, -0.62, 0);
        flank.closePath();
        brush.body(flank, colour);
        Color scale = Colours.faded(Colours.shade(colour, 0.55), 170);
        for (double x = -0.35; x < 0.4; x += 0.13) {
            double reach = height * 0.8 * (1 - Math.abs(x - 0.1));
            for (double y = -reach; y <= reach; y += 0.13) {
                brush.line(0.02, scale, new Arc2D.Double(x - 0.07, y - 0.07, 0.14, 0.14, 90, 180, Arc2D.OPEN));
            }
        }
        if (chance.happens(0.5)) {
            for (double x : new double[] {-0.25, 0.1}) {
                brush.line(0.1, Colours.faded(fin, 190), curve(x, -height * 0.72, x - 0.1, 0, x, height * 0.72));
            }
        }
        brush.line(0.03, Colours.shade(colour, 0.45), curve(0.5, -height * 0.62, 0.38, 0, 0.5, height * 0.62));
        brush.body(polygon(0.28, 0.06, 0.0, 0.26, 0.06, 0.02), fin);
        brush.flat(disc(0.68, -0.08, 0.085), Color.WHITE);
        brush.flat(disc(0.69, -0.08, 0.05), Color.BLACK);
        brush.line(0.025, Colours.shade(colour, 0.4), curve(0.93, 0.06, 0.84, 0.1, 0.78, 0.1));
    }
}
