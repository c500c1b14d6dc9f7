package dev.convoke.data.synthetic;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.LinearGradientPaint;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;

/**
 * Draws shapes lit from one side. Coordinates are those of the graphics it is given: subjects draw themselves in a box
 * from -1 to 1, y pointing down.
 */
final class Brush {

    private final Graphics2D graphics;
    private final Chance chance;
    private final double lightX;
    private final double lightY;

    /** Lights everything from the given angle, in radians; 0 is from the right, {@code -PI / 2} from above. */
    Brush(Graphics2D graphics, Chance chance, double lightAngle) {
        this.graphics = graphics;
        this.chance = chance;
        this.lightX = Math.cos(lightAngle);
        this.lightY = Math.sin(lightAngle);
    }

    Chance chance() {
        return chance;
    }

    /** Fills a shape as a rounded body: lighter towards the light, darker away from it, with a soft outline. */
    void body(Shape shape, Color colour) {
        Rectangle2D bounds = shape.getBounds2D();
        double reach = Math.max(bounds.getWidth(), bounds.getHeight()) / 2 + 1e-3;
        Point2D bright = new Point2D.Double(bounds.getCenterX() + lightX * reach, bounds.getCenterY() + lightY * reach);
        Point2D dark = new Point2D.Double(bounds.getCenterX() - lightX * reach, bounds.getCenterY() - lightY * reach);
        graphics.setPaint(new LinearGradientPaint(bright, dark, new float[] {0f, 0.45f, 1f}, new Color[] {
            Colours.shade(colour, 1.35), colour, Colours.shade(colour, 0.62)
        }));
        graphics.fill(shape);
        line(0.02, Colours.faded(Colours.shade(colour, 0.4), 120), shape);
    }

    /** Fills a shape with one colour. */
    void flat(Shape shape, Color colour) {
        graphics.setPaint(colour);
        graphics.fill(shape);
    }

    /** Draws a shape's outline. */
    void line(double width, Color colour, Shape shape) {
        graphics.setStroke(new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        graphics.setPaint(colour);
        graphics.draw(shape);
    }

    /** Draws a rod with a bright side. */
    void rod(double width, Color colour, double x1, double y1, double x2, double y2) {
        Line2D line = new Line2D.Double(x1, y1, x2, y2);
        line(width, Colours.shade(colour, 0.7), line);
        line(
                width * 0.45,
                Colours.shade(colour, 1.3),
                new Line2D.Double(
                        x1 + lightX * width * 0.2,
                        y1 + lightY * width * 0.2,
                        x2 + lightX * width * 0.2,
                        y2 + lightY * width * 0.2));
    }

    static Ellipse2D disc(double x, double y, double radius) {
        return oval(x, y, radius, radius);
    }

    static Ellipse2D oval(double x, double y, double radiusX, double radiusY) {
        return new Ellipse2D.Double(x - radiusX, y - radiusY, 2 * radiusX, 2 * radiusY);
    }

    static Rectangle2D box(double left, double top, double right, double bottom) {
        return new Rectangle2D.Double(left, top, right - left, bottom - top);
    }

    /** Returns the closed polygon through points given as x, y, x, y, ... */
    static Path2D polygon(double... points) {
        Path2D path = open(points);
        path.closePath();
        return path;
    }

    /** Returns the open line through points given as x, y, x, y, ... */
    static Path2D open(double... points) {
        Path2D path = new Path2D.Double();
        path.moveTo(points[0], points[1]);
        for (int i = 2; i < points.length; i += 2) {
            path.lineTo(points[i], points[i + 1]);
        }
        return path;
    }

    /** Returns the open curve from a point past a control point to another, given as x, y, x, y, ... */
    static Path2D curve(double... points) {
        Path2D path = new Path2D.Double();
        path.moveTo(points[0], points[1]);
        for (int i = 2; i < points.length; i += 4) {
            path.quadTo(points[i], points[i + 1], points[i + 2], points[i + 3]);
        }
        return path;
    }
}
