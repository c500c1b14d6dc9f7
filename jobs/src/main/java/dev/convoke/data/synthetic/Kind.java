package dev.convoke.data.synthetic;

import java.awt.Color;
import java.util.List;
import java.util.function.Function;

/**
 * A kind of thing, with the colours and the surroundings it is usually seen in.
 *
 * @param label its class name
 * @param subject draws it
 * @param tilt how far it may lean to either side, in degrees
 * @param palette the colours it comes in
 * @param surroundings where one expects it
 */
record Kind(String label, Subject subject, double tilt, Function<Chance, Color> palette, List<Scene> surroundings) {

    /** All kinds, sorted by name. */
    static final List<Kind> ALL = List.of(
            of("aeroplane", Vehicles::aeroplane, 22, Colours::any, Scene.SKY, Scene.SKY, Scene.SEA, Scene.MEADOW),
            of("bicycle", Vehicles::bicycle, 10, Colours::any, Scene.STREET, Scene.MEADOW, Scene.STUDIO, Scene.LEAVES),
            of("boat", Vehicles::boat, 12, Colours::any, Scene.SEA, Scene.SEA, Scene.SKY, Scene.STUDIO),
            of("car", Vehicles::car, 8, Kind::lacquer, Scene.STREET, Scene.MEADOW, Scene.STREET, Scene.STUDIO),
            of("cat", Creatures::cat, 18, Kind::fur, Scene.ROOM, Scene.MEADOW, Scene.LEAVES, Scene.STUDIO),
            of("cup", Things::cup, 8, Kind::china, Scene.ROOM, Scene.ROOM, Scene.STUDIO, Scene.LEAVES),
            of("fish", Creatures::fish, 20, Kind::scales, Scene.SEA, Scene.LEAVES, Scene.STUDIO, Scene.LEAVES),
            of("flower", Plants::flower, 18, Kind::petals, Scene.LEAVES, Scene.MEADOW, Scene.ROOM, Scene.STUDIO),
            of("house", Things::house, 6, Kind::plaster, Scene.MEADOW, Scene.SKY, Scene.STREET, Scene.SEA),
            of("tree", Plants::tree, 8, Kind::foliage, Scene.MEADOW, Scene.SKY, Scene.STREET, Scene.SEA));

    /** How often a thing is met where one expects it. */
    private static final double USUAL = 0.85;

    private static Kind of(
            String label, Subject subject, double tilt, Function<Chance, Color> palette, Scene... surroundings) {
        return new Kind(label, subject, tilt, palette, List.of(surroundings));
    }

    /** Returns whether it rests on something and so drops a shadow there. */
    boolean stands() {
        return !label.equals("aeroplane") && !label.equals("fish");
    }

    /** Returns what to paint behind it. */
    Scene scene(Chance chance) {
        return chance.oneOf(chance.happens(USUAL) ? surroundings : List.of(Scene.values()));
    }

    /** Draws it in a colour that stands out against what is behind it. */
    void draw(Brush brush, Color behind) {
        subject.draw(brush, Colours.against(behind, brush.chance(), palette));
    }

    private static Color lacquer(Chance chance) {
        return chance.happens(0.35) ? Colours.plain(chance) : Colours.any(chance);
    }

    private static Color fur(Chance chance) {
        return chance.happens(0.4)
                ? Colours.plain(chance)
                : Colours.of(chance.between(0.04, 0.11), chance.between(0.25, 0.8), chance.between(0.4, 0.95));
    }

    private static Color china(Chance chance) {
        return chance.happens(0.4) ? Colours.pale(chance) : Colours.any(chance);
    }

    private static Color scales(Chance chance) {
        return chance.happens(0.5) ? Colours.tone(chance, 0, 0.16) : Colours.tone(chance, 0.4, 0.7);
    }

    private static Color petals(Chance chance) {
        return chance.happens(0.2) ? Colours.pale(chance) : Colours.tone(chance, 0.72, 1.15);
    }

    private static Color plaster(Chance chance) {
        return chance.happens(0.5) ? Colours.pale(chance) : Colours.tone(chance, -0.02, 0.16);
    }

    private static Color foliage(Chance chance) {
        return chance.happens(0.7)
                ? Colours.of(chance.between(0.18, 0.4), chance.between(0.4, 0.8), chance.between(0.3, 0.7))
                : Colours.tone(chance, 0, 0.15);
    }
}
