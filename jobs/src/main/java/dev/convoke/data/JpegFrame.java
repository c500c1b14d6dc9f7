package dev.convoke.data;

import dev.convoke.data.UndecodableImageException.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The frame of a JPEG as its header states it, and what its scans have said so far about each component. */
final class JpegFrame {

    private static final int BLOCK = 8;

    private final Coding coding;
    private final int bits;
    private final int unitsWide;
    private final int unitsHigh;
    private final List<Component> components = new ArrayList<>();

    /** The coding processes whose scans are walked. */
    enum Coding {
        SEQUENTIAL,
        PROGRESSIVE,
        LOSSLESS
    }

    /**
     * Reads a frame header.
     *
     * @param at where the segment's length stands
     */
    JpegFrame(Coding coding, byte[] file, int at) {
        this.coding = coding;
        this.bits = file[at + 2] & 0xFF;
        int height = JpegHeader.word(file, at + 3);
        int width = JpegHeader.word(file, at + 5);
        int count = file[at + 7] & 0xFF;
        if (JpegHeader.word(file, at) != 8 + 3 * count || count < 1 || count > 4) {
            throw new UndecodableImageException(
                    Reason.CORRUPT, "a JPEG frame header that does not hold its " + count + " components");
        }
        int largestH = 1;
        int largestV = 1;
        for (int i = 0; i < count; i++) {
            Component component = new Component(file, at + 8 + 3 * i);
            components.add(component);
            largestH = Math.max(largestH, component.horizontal);
            largestV = Math.max(largestV, component.vertical);
        }
        for (Component component : components) {
            if (largestH % component.horizontal != 0 || largestV % component.vertical != 0) {
                throw new UndecodableImageException(
                        Reason.UNSUPPORTED_FORMAT,
                        "a JPEG whose component " + component.id + " is sampled " + component.horizontal + "x"
                                + component.vertical + " beside one of " + largestH + "x" + largestV
                                + ", which no decoder here scales; convert it first");
            }
        }
        int unit = coding == Coding.LOSSLESS ? 1 : BLOCK;
        this.unitsWide = divideUp(width, unit * largestH);
        this.unitsHigh = divideUp(height, unit * largestV);
        for (Component component : components) {
            component.wide = divideUp(divideUp(width * component.horizontal, largestH), unit);
            component.high = divideUp(divideUp(height * component.vertical, largestV), unit);
            component.stride = unitsWide * component.horizontal;
            if (coding == Coding.PROGRESSIVE) {
                component.nonZero = new long[Math.multiplyExact(component.stride, unitsHigh * component.vertical)];
            }
        }
    }

    private static int divideUp(int value, int by) {
        return (value + by - 1) / by;
    }

    Coding coding() {
        return coding;
    }

    int bits() {
        return bits;
    }

    /** Returns how many minimum coded units stand side by side where a scan interleaves components. */
    int unitsWide() {
        return unitsWide;
    }

    int unitsHigh() {
        return unitsHigh;
    }

    /**
     * Returns the components a scan names.
     *
     * @param at where the scan's count of components stands
     */
    List<Component> ofScan(byte[] file, int at, int count) {
        List<Component> chosen = new ArrayList<>();
        Set<Integer> places = new HashSet<>();
        for (int i = 0; i < count; i++) {
            int id = file[at + 1 + 2 * i] & 0xFF;
            int place = -1;
            // A scan names its components in the frame's order; decoders look for none before its turn.
            for (int j = i; j < components.size() && place < 0; j++) {
                // Two components may carry one number: then they are meant in their order.
                place = components.get(j).id == id && !places.contains(j) ? j : -1;
            }
            if (place < 0) {
                throw new UndecodableImageException(
                        Reason.CORRUPT, "a JPEG scan of component " + id + ", which the frame does not have");
            }
            places.add(place);
            chosen.add(components.get(place));
        }
        return chosen;
    }

    /** Checks that no component was left out. */
    void requireComplete() {
        for (Component component : components) {
            if (component.precision[0] < 0) {
                throw new UndecodableImageException(
                        Reason.TRUNCATED, "the JPEG ends before the scan of its component " + component.id);
            }
        }
    }

    /** One colour channel, and what has been read of it. */
    static final class Component {

        final int id;
        final int horizontal;
        final int vertical;
        final int quantisation;
        /** Units of its own, where a scan holds it alone. */
        int wide;

        int high;
        /** Units side by side with those that only fill the last minimum coded unit. */
        int stride;
        /** For each block, bit k tells that coefficient k is not zero; progressive only. */
        long[] nonZero = {};
        /** How many low bits of each coefficient are still missing; -1 while nothing is known of it. */
        final int[] precision = new int[64];

        /** Largest category that each coefficient can have at this quantisation; set before its first scan. */
        final byte[] largestCategory = new byte[64];
        /** The smallest of these from each coefficient on. */
        final byte[] smallestLargestFrom = new byte[64];
        /** What the lowest coefficient is multiplied by; 0 before its first scan. */
        int step;

        int prediction;

        private Component(byte[] file, int at) {
            this.id = file[at] & 0xFF;
            this.horizontal = (file[at + 1] & 0xFF) >> 4;
            this.vertical = file[at + 1] & 0xF;
            this.quantisation = file[at + 2] & 0xFF;
            Arrays.fill(precision, -1);
            if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4) {
                throw new UndecodableImageException(
                        Reason.CORRUPT, "a JPEG component sampled " + horizontal + "x" + vertical);
            }
        }
    }
}
