package dev.convoke.data.synthetic;

import static dev.convoke.data.synthetic.Brush.box;
import static dev.convoke.data.synthetic.Brush.curve;
import static dev.convoke.data.synthetic.Brush.disc;
import static dev.convoke.data.synthetic.Brush.open;
import static dev.convoke.data.synthetic.Brush.oval;
import static dev.convoke.data.synthetic.Brush.polygon;

import java.awt.Color;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;

/** What people travel in. */
final class Vehicles {

    private static final Color RUBBER = new Color(38, 38, 42);
    private static final Color METAL = new Color(176, 180, 186);
    private static final Color PANE = new Color(52, 70, 92);

    private Vehicles() {}

    static void aeroplane(Brush brush, Color colour) {
        Chance chance = brush.chance();
        Color skin = chance.happens(0.75) ? new Color(226, 228, 232) : colour;
        double sweep = chance.between(0.25, 0.55);
        double span = chance.between(0.55, 0.75);
        double girth = chance.between(0.12, 0.17);
        brush.body(
                polygon(0.3, -0.05, -sweep + 0.3, -span * 0.7, -sweep + 0.12, -span * 0.7, -0.08, -0.05),
                Colours.shade(skin, 0.75));
        brush.body(polygon(-0.9, 0, -0.98, -0.24, -0.84, -0.24, -0.62, 0), Colours.shade(skin, 0.8));
        Path2D fuselage = new Path2D.Double();
        fuselage.moveTo(-0.98, -0.04);
        fuselage.quadTo(-0.6, -girth, 0, -girth);
        fuselage.lineTo(0.6, -girth);
        fuselage.quadTo(0.92, -girth * 0.8, 0.98, 0.03);
        fuselage.quadTo(0.9, girth, 0.55, girth);
        fuselage.lineTo(-0.2, girth);
        fuselage.closePath();
        brush.body(fuselage, skin);
        brush.body(polygon(-0.96, -0.06, -1.0, -0.5, -0.8, -0.48, -0.52, -0.1), colour);
        for (double x = -0.45; x < 0.65; x += 0.11) {
            brush.flat(oval(x, -girth * 0.3, 0.026, 0.034), PANE);
        }
        brush.flat(polygon(0.74, -girth * 0.72, 0.9, -0.04, 0.74, -0.04), PANE);
        brush.body(
                polygon(0.34, 0.05, -sweep + 0.22, span, -sweep - 0.02, span, -0.14, 0.05), Colours.shade(skin, 0.92));
        brush.body(oval(0.08, 0.3, 0.14, 0.065), Colours.shade(METAL, 0.85));
    }

    static void bicycle(Brush brush, Color colour) {
        Chance chance = brush.chance();
        double radius = chance.between(0.36, 0.42);
        double axle = 0.38;
        double tyre = chance.between(0.07, 0.1);
        for (double x : new double[] {-0.56, 0.56}) {
            for (double angle = 0.2; angle < Math.PI; angle += Math.PI / 7) {
                double dx = radius * Math.cos(angle);
                double dy = radius * Math.sin(angle);
                brush.line(0.014, METAL, new Line2D.Double(x - dx, axle - dy, x + dx, axle + dy));
            }
            brush.line(tyre, RUBBER, disc(x, axle, radius));
            brush.line(tyre * 0.35, METAL, disc(x, axle, radius - tyre * 0.6));
            brush.flat(disc(x, axle, 0.05), METAL);
        }
        double tube = chance.between(0.065, 0.095);
        double head = -chance.between(0.2, 0.3);
        brush.rod(tube, colour, -0.56, axle, -0.08, axle);
        brush.rod(tube, colour, -0.56, axle, -0.24, head);
        brush.rod(tube, colour, -0.08, axle, -0.27, head - 0.14);
        brush.rod(tube, colour, -0.24, head, 0.4, head);
        brush.rod(tube, colour, -0.08, axle, 0.42, head + 0.08);
        brush.rod(tube, colour, 0.56, axle, 0.37, head - 0.2);
        brush.line(0.03, RUBBER, disc(-0.08, axle, 0.11));
        brush.rod(0.04, METAL, -0.08, axle, 0.02, axle + 0.17);
        brush.body(oval(-0.29, head - 0.19, 0.18, 0.055), RUBBER);
        brush.line(0.06, RUBBER, curve(0.37, head - 0.2, 0.52, head - 0.32, 0.6, head - 0.14));
    }

    static void boat(Brush brush, Color colour) {
        Chance chance = brush.chance();
        Color sail = chance.happens(0.75) ? new Color(240, 236, 224) : Colours.any(chance);
        double top = -chance.between(0.85, 1.0);
        double back = -chance.between(0.5, 0.7);
        brush.rod(0.05, new Color(120, 86, 54), 0, top, 0, 0.5);
        Path2D main = new Path2D.Double();
        main.moveTo(-0.05, top + 0.05);
        main.quadTo(-0.34, -0.2, back, 0.28);
        main.lineTo(-0.05, 0.28);
        main.closePath();
        brush.body(main, sail);
        for (double y = -0.4; y < 0.2; y += 0.22) {
            brush.line(0.015, Colours.faded(Color.BLACK, 70), open(-0.05, y, back * (y - top) / (0.28 - top), y));
        }
        Path2D jib = new Path2D.Double();
        jib.moveTo(0.06, top + 0.12);
        jib.quadTo(0.3, -0.1, 0.66, 0.3);
        jib.lineTo(0.06, 0.3);
        jib.closePath();
        brush.body(jib, Colours.shade(sail, 0.93));
        Path2D hull = new Path2D.Double();
        hull.moveTo(-0.8, 0.4);
        hull.lineTo(0.95, 0.36);
        hull.quadTo(0.75, 0.72, 0.45, 0.76);
        hull.lineTo(-0.55, 0.76);
        hull.quadTo(-0.72, 0.66, -0.8, 0.4);
        hull.closePath();
        brush.body(hull, colour);
        brush.line(0.05, Colours.shade(sail, 1.05), open(-0.76, 0.48, 0.86, 0.46));
        for (double y = 0.8; y < 0.95; y += 0.06) {
            double half = chance.between(0.5, 0.9);
            brush.line(0.025, Colours.faded(Color.WHITE, 130), curve(-half, y, 0, y + 0.05, half, y));
        }
    }

    static void car(Brush brush, Color colour) {
        Chance chance = brush.chance();
        double roof = -chance.between(0.38, 0.5);
        double front = chance.between(0.5, 0.66);
        double rear = -chance.between(0.5, 0.85);
        brush.body(polygon(rear, 0.02, rear * 0.62, roof, front * 0.5, roof, front, 0.02), colour);
        brush.flat(polygon(rear * 0.84, -0.02, rear * 0.56, roof + 0.08, -0.04, roof + 0.08, -0.04, -0.02), PANE);
        brush.flat(polygon(0.03, -0.02, 0.03, roof + 0.08, front * 0.42, roof + 0.08, front * 0.8, -0.02), PANE);
        brush.line(0.03, Colours.faded(Color.WHITE, 110), open(rear * 0.5, roof + 0.14, rear * 0.66, -0.08));
        brush.body(new RoundRectangle2D.Double(-0.97, -0.04, 1.94, 0.42, 0.3, 0.3), colour);
        brush.line(0.02, Colours.faded(Color.BLACK, 130), open(0, 0, 0, 0.32));
        brush.line(0.03, Colours.faded(Color.WHITE, 140), open(-0.85, 0.08, 0.85, 0.08));
        brush.flat(oval(0.9, 0.1, 0.07, 0.06), new Color(255, 244, 200));
        brush.flat(oval(-0.93, 0.1, 0.045, 0.06), new Color(200, 30, 30));
        for (double x : new double[] {-0.55, 0.57}) {
            brush.flat(disc(x, 0.38, 0.25), Colours.shade(colour, 0.35));
            brush.flat(disc(x, 0.4, 0.21), RUBBER);
            brush.body(disc(x, 0.4, 0.115), METAL);
            brush.flat(disc(x, 0.4, 0.03), RUBBER);
        }
        brush.flat(box(-0.16, 0.12, -0.06, 0.15), Colours.shade(colour, 0.5));
    }
}
