package dev.convoke.engine.onednn;

import dev.convoke.engine.plan.Window;
import dev.convoke.models.ImageShape;

/** A window over an image of known size, as oneDNN takes it: rows, then columns. */
final class Geometry {

    private final Window window;
    private final ImageShape input;

    private Geometry(Window window, ImageShape input) {
        this.window = window;
        this.input = input;
    }

    static Geometry of(Window window, ImageShape input) {
        return new Geometry(window, input);
    }

    long[] kernel() {
        return new long[] {window.rows().kernel(), window.columns().kernel()};
    }

    long[] strides() {
        return new long[] {window.rows().stride(), window.columns().stride()};
    }

    /** Nothing is skipped between the pixels a window covers. */
    long[] dilation() {
        return new long[] {0, 0};
    }

    long[] before() {
        return new long[] {
            window.rows().before(input.height()), window.columns().before(input.width())
        };
    }

    long[] after() {
        return new long[] {window.rows().after(input.height()), window.columns().after(input.width())};
    }
}
