package dev.convoke.data.synthetic;

import static dev.convoke.data.synthetic.Brush.box;
import static dev.convoke.data.synthetic.Brush.disc;
import static dev.convoke.data.synthetic.Brush.open;
import static dev.convoke.data.synthetic.Brush.oval;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RadialGradientPaint;

/** What stands behind a subject. Any subject may stand before any scene, so a scene is a hint and never a proof. */
enum Scene {
    SKY {
        @Override
        void paint(Graphics2D graphics, Chance chance, double width, double height) {
            sky(graphics, chance, width, height);
        }
    },
    MEADOW {
        @Override
        void paint(Graphics2D graphics, Chance chance, double width, double height) {
            Brush brush = new Brush(graphics, chance, -Math.PI / 2);
            double horizon = height * chance.between(0.45, 0.8);
            sky(graphics, chance, width, horizon);
            Color ground = Colours.of(chance.between(0.08, 0.36), chance.between(0.2, 0.7), chance.between(0.3, 0.7));
            gradient(graphics, Colours.shade(ground, 1.15), Colours.shade(ground, 0.6), width, horizon, height);
            for (int blade = 0; blade < 220; blade++) {
                double depth = chance.between(0, 1);
                double x = chance.between(0, width);
                double y = horizon + depth * (height - horizon);
                double size = 1 + depth * height * 0.05;
                brush.line(
                        0.5 + depth,
                        Colours.faded(Colours.shade(ground, chance.between(0.5, 1.5)), 150),
                        open(x, y, x + chance.between(-size, size) * 0.5, y - size));
            }
        }
    },
    SEA {
        @Override
        void paint(Graphics2D graphics, Chance chance, double width, double height) {
            Brush brush = new Brush(graphics, chance, -Math.PI / 2);
            double horizon = height * chance.between(0.35, 0.75);
            sky(graphics, chance, width, horizon);
            double sun = chance.between(0, width);
            brush.flat(
                    disc(sun, horizon * chance.between(0.3, 0.9), height * chance.between(0.03, 0.08)),
                    new Color(255, 240, 190, 220));
            Color water = Colours.of(chance.between(0.45, 0.65), chance.between(0.3, 0.7), chance.between(0.3, 0.7));
            gradient(graphics, Colours.shade(water, 1.25), Colours.shade(water, 0.6), width, horizon, height);
            for (int wave = 0; wave < 90; wave++) {
                double depth = chance.between(0, 1);
                double x = chance.between(0, width);
                double y = horizon + depth * (height - horizon);
                double length = width * (0.02 + 0.12 * depth);
                brush.line(
                        0.4 + 1.4 * depth,
                        Colours.faded(Colours.shade(water, chance.between(0.7, 1.8)), 130),
                        open(x - length, y, x + length, y));
            }
        }
    },
    ROOM {
        @Override
        void paint(Graphics2D graphics, Chance chance, double width, double height) {
            Brush brush = new Brush(graphics, chance, -Math.PI / 2);
            double edge = height * chance.between(0.55, 0.85);
            Color wall = Colours.of(chance.between(0, 1), chance.between(0.05, 0.45), chance.between(0.5, 0.95));
            gradient(graphics, wall, Colours.shade(wall, 0.8), width, 0, edge);
            if (chance.happens(0.5)) {
                double step = width / chance.wholeBetween(5, 12);
                for (double x = 0; x < width; x += step) {
                    brush.flat(box(x, 0, x + step / 2, edge), Colours.faded(Colours.shade(wall, 0.85), 120));
                }
            }
            if (chance.happens(0.5)) {
                double left = chance.between(0, width * 0.7);
                double top = chance.between(0, edge * 0.4);
                brush.body(box(left, top, left + width * 0.3, top + edge * 0.35), Colours.any(chance));
            }
            Color floor = Colours.of(chance.between(0.03, 0.12), chance.between(0.2, 0.7), chance.between(0.3, 0.75));
            gradient(graphics, floor, Colours.shade(floor, 0.7), width, edge, height);
            for (double y = edge; y < height; y += Math.max(3, height * 0.06)) {
                brush.line(0.8, Colours.faded(Colours.shade(floor, 0.5), 140), open(0, y, width, y));
            }
        }
    },
    LEAVES {
        @Override
        void paint(Graphics2D graphics, Chance chance, double width, double height) {
            Brush brush = new Brush(graphics, chance, -Math.PI / 2);
            double hue = chance.between(0, 1);
            Color base = Colours.of(hue, chance.between(0.2, 0.7), chance.between(0.2, 0.6));
            gradient(graphics, base, Colours.shade(base, 0.6), width, 0, height);
            for (int spot = 0; spot < 60; spot++) {
                Color colour = Colours.of(
                        hue + chance.between(-0.12, 0.12), chance.between(0.2, 0.8), chance.between(0.3, 0.9));
                brush.flat(
                        oval(
                                chance.between(0, width),
                                chance.between(0, height),
                                width * chance.between(0.02, 0.1),
                                height * chance.between(0.02, 0.1)),
                        Colours.faded(colour, chance.wholeBetween(50, 150)));
            }
        }
    },
    STUDIO {
        @Override
        void paint(Graphics2D graphics, Chance chance, double width, double height) {
            Color colour = Colours.of(chance.between(0, 1), chance.between(0, 0.6), chance.between(0.35, 0.95));
            graphics.setPaint(new RadialGradientPaint(
                    (float) (width * chance.between(0.3, 0.7)),
                    (float) (height * chance.between(0.2, 0.6)),
                    (float) Math.max(width, height) * 0.8f,
                    new float[] {0f, 1f},
                    new Color[] {Colours.shade(colour, 1.2), Colours.shade(colour, 0.5)}));
            graphics.fill(box(0, 0, width, height));
        }
    },
    STREET {
        @Override
        void paint(Graphics2D graphics, Chance chance, double width, double height) {
            Brush brush = new Brush(graphics, chance, -Math.PI / 2);
            double kerb = height * chance.between(0.6, 0.85);
            sky(graphics, chance, width, kerb);
            for (double x = 0; x < width; ) {
                double front = width * chance.between(0.12, 0.3);
                double top = kerb * chance.between(0.05, 0.6);
                Color stone = Colours.of(chance.between(0, 0.15), chance.between(0.05, 0.4), chance.between(0.3, 0.8));
                brush.body(box(x, top, x + front, kerb), stone);
                for (double y = top + height * 0.05; y < kerb - height * 0.06; y += height * 0.1) {
                    for (double pane = x + front * 0.15; pane < x + front * 0.8; pane += front * 0.3) {
                        brush.flat(
                                box(pane, y, pane + front * 0.15, y + height * 0.05),
                                Colours.shade(stone, chance.between(0.4, 0.7)));
                    }
                }
                x += front;
            }
            Color road = Colours.of(0.6, chance.between(0, 0.15), chance.between(0.25, 0.55));
            gradient(graphics, road, Colours.shade(road, 0.7), width, kerb, height);
        }
    };

    /** Fills the whole picture, width by height pixels. */
    abstract void paint(Graphics2D graphics, Chance chance, double width, double height);

    private static void sky(Graphics2D graphics, Chance chance, double width, double horizon) {
        Color zenith = chance.happens(0.7)
                ? Colours.of(chance.between(0.52, 0.64), chance.between(0.1, 0.65), chance.between(0.55, 0.95))
                : Colours.of(chance.between(0.85, 1.1), chance.between(0.2, 0.6), chance.between(0.4, 0.85));
        Color haze = Colours.of(chance.between(0.02, 0.16), chance.between(0.05, 0.4), chance.between(0.75, 1));
        gradient(graphics, zenith, haze, width, 0, horizon);
        int clouds = chance.wholeBetween(0, 5);
        for (int cloud = 0; cloud < clouds; cloud++) {
            double x = chance.between(0, width);
            double y = chance.between(0, horizon);
            for (int puff = 0; puff < 7; puff++) {
                graphics.setPaint(new Color(255, 255, 255, 60));
                graphics.fill(oval(
                        x + chance.between(-0.12, 0.12) * width,
                        y + chance.between(-0.03, 0.03) * horizon,
                        width * chance.between(0.04, 0.1),
                        horizon * chance.between(0.03, 0.07)));
            }
        }
    }

    private static void gradient(Graphics2D graphics, Color top, Color bottom, double width, double from, double to) {
        graphics.setPaint(new GradientPaint(0, (float) from, top, 0, (float) to, bottom));
        graphics.fill(box(0, from, width, to));
    }
}
