package dev.convoke.data.synthetic;

import static dev.convoke.data.synthetic.Brush.box;
import static dev.convoke.data.synthetic.Brush.curve;
import static dev.convoke.data.synthetic.Brush.disc;
import static dev.convoke.data.synthetic.Brush.open;
import static dev.convoke.data.synthetic.Brush.oval;
import static dev.convoke.data.synthetic.Brush.polygon;

import java.awt.Color;
import java.awt.geom.Path2D;

/** What people make and keep. */
final class Things {

    private Things() {}

    static void cup(Brush brush, Color colour) {
        Chance chance = brush.chance();
        double top = chance.between(0.52, 0.62);
        double foot = chance.between(0.34, 0.5);
        double rim = -chance.between(0.35, 0.5);
        brush.body(oval(0, 0.7, 0.92, 0.2), new Color(222, 220, 214));
        brush.line(0.02, Colours.faded(Color.BLACK, 90), oval(0, 0.68, 0.62, 0.12));
        brush.line(0.14, Colours.shade(colour, 0.75), oval(top + 0.12, 0.08, 0.22, 0.27));
        brush.line(0.05, Colours.shade(colour, 1.25), oval(top + 0.12, 0.06, 0.22, 0.27));
        Path2D side = new Path2D.Double();
        side.moveTo(-top, rim);
        side.quadTo(-top, 0.55, -foot, 0.68);
        side.quadTo(0, 0.8, foot, 0.68);
        side.quadTo(top, 0.55, top, rim);
        side.closePath();
        brush.body(side, colour);
        if (chance.happens(0.6)) {
            Color band = Colours.faded(Colours.any(chance), 220);
            brush.line(0.1, band, curve(-top * 0.96, 0.08, 0, 0.26, top * 0.96, 0.08));
        }
        brush.body(oval(0, rim, top, 0.15), Colours.shade(colour, 1.15));
        brush.flat(oval(0, rim + 0.02, top * 0.88, 0.115), Colours.shade(colour, 0.55));
        brush.flat(oval(0, rim + 0.04, top * 0.82, 0.09), new Color(66, 40, 22));
        brush.line(0.06, Colours.faded(Color.WHITE, 120), curve(-top * 0.7, rim + 0.3, -top * 0.7, 0.3, -foot, 0.5));
        for (double x : new double[] {-0.2, 0.05, 0.3}) {
            brush.line(
                    0.05,
                    Colours.faded(Color.WHITE, 70),
                    curve(x, rim - 0.05, x + 0.12, rim - 0.2, x, rim - 0.32, x - 0.12, rim - 0.42, x, rim - 0.55));
        }
    }

    static void house(Brush brush, Color colour) {
        Chance chance = brush.chance();
        double wall = chance.between(0.66, 0.82);
        double eaves = -chance.between(0.05, 0.2);
        double ridge = -chance.between(0.75, 0.98);
        Color roof = Colours.of(chance.between(0, 0.12), chance.between(0.3, 0.7), chance.between(0.3, 0.6));
        brush.body(box(0.34, ridge, 0.52, eaves), new Color(150, 84, 66));
        brush.body(box(-wall, eaves, wall, 0.85), colour);
        for (double y = eaves + 0.09; y < 0.84; y += 0.09) {
            brush.line(0.012, Colours.faded(Color.BLACK, 60), open(-wall, y, wall, y));
        }
        Path2D gable = chance.happens(0.5)
                ? polygon(-wall - 0.14, eaves, 0, ridge, wall + 0.14, eaves)
                : polygon(-wall - 0.14, eaves, -wall * 0.6, ridge, wall * 0.6, ridge, wall + 0.14, eaves);
        brush.body(gable, roof);
        for (double part = 0.25; part < 1; part += 0.25) {
            double y = eaves + (ridge - eaves) * part;
            double half = (wall + 0.1) * (1 - part) * 0.95 + 0.02;
            brush.line(0.016, Colours.faded(Color.BLACK, 110), open(-half, y, half, y));
        }
        double door = chance.between(-0.2, 0.2);
        brush.body(box(door - 0.14, 0.3, door + 0.14, 0.85), new Color(96, 60, 38));
        brush.flat(disc(door + 0.08, 0.6, 0.025), new Color(230, 200, 80));
        Color pane = chance.happens(0.4) ? new Color(252, 226, 140) : new Color(90, 120, 150);
        for (double x : new double[] {-wall * 0.66, wall * 0.66}) {
            brush.flat(box(x - 0.17, 0.12, x + 0.17, 0.46), Color.WHITE);
            brush.flat(box(x - 0.13, 0.16, x + 0.13, 0.42), pane);
            brush.line(0.03, Color.WHITE, open(x, 0.16, x, 0.42));
            brush.line(0.03, Color.WHITE, open(x - 0.13, 0.29, x + 0.13, 0.29));
        }
    }
}
