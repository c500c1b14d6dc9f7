package dev.convoke.data.synthetic;

import java.awt.Color;

/** Something to photograph. Draws itself upright in a box from -1 to 1, y pointing down. */
interface Subject {

    /**
     * Draws the subject once, never twice alike.
     *
     * @param colour its main colour, chosen to stand out against the background
     */
    void draw(Brush brush, Color colour);
}
