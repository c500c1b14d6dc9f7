package dev.convoke.engine.onednn;

/**
 * The transforms of Winograd's convolution of 3x3 kernels by tiles of 4x4 results, F(4x4, 3x3) of Lavin and Gray, "Fast
 * Algorithms for Convolutional Neural Networks" (2016), section 4: 36 multiplications where the definition has 144.
 * Values are seen as coefficients of polynomials, which are multiplied point by point.
 *
 * <p>The points are 0, 3/4, -3/4, 3/2, -3/2 and infinity, in this order; with the usual 0, 1, -1, 2 and -2 results are
 * twice as far from exact ones.
 *
 * <p>Each transform works along one axis, on many tiles at once: what are the values of a tile there are arrays here,
 * so that every loop is one over neighbours in memory, which the compiler turns into vector instructions. It does so
 * only where no loop reads an array at two places.
 */
final class Winograd {

    /** Results of a tile along one axis. */
    static final int TILE = 4;

    /** Values a kernel has along one axis. */
    static final int KERNEL = 3;

    /** Values a tile is transformed into along one axis. */
    static final int POINTS = TILE + KERNEL - 1;

    private static final float NEAR = 3f / 4;
    private static final float FAR = 3f / 2;
    private static final float NEAR_SQUARE = NEAR * NEAR;
    private static final float FAR_SQUARE = FAR * FAR;

    /** What kernels are divided by at 0, at both near points and at both far ones. */
    private static final float AT_ZERO = NEAR_SQUARE * FAR_SQUARE;

    private static final float AT_NEAR = 2 * NEAR_SQUARE * (NEAR_SQUARE - FAR_SQUARE);
    private static final float AT_FAR = 2 * FAR_SQUARE * (FAR_SQUARE - NEAR_SQUARE);

    private Winograd() {}

    /** Transforms six neighbouring values of an image. */
    static void image(float[][] values, float[][] six, int count) {
        ends(values[0], values[2], values[4], six[0], count);
        pair(values, NEAR, FAR_SQUARE, six[1], six[2], count);
        pair(values, FAR, NEAR_SQUARE, six[3], six[4], count);
        ends(values[1], values[3], values[5], six[5], count);
    }

    private static void ends(float[] a, float[] c, float[] e, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = AT_ZERO * a[i] - (NEAR_SQUARE + FAR_SQUARE) * c[i] + e[i];
        }
    }

    private static void pair(float[][] values, float point, float otherSquare, float[] plus, float[] minus, int count) {
        float[] b = values[1];
        float[] c = values[2];
        float[] d = values[3];
        float[] e = values[4];
        for (int i = 0; i < count; i++) {
            float even = e[i] - otherSquare * c[i];
            float odd = point * (d[i] - otherSquare * b[i]);
            plus[i] = even + odd;
            minus[i] = even - odd;
        }
    }

    /** Transforms a kernel's three values; the other side of {@link #kernelGradient}. */
    static void kernel(float[][] three, float[][] six, int count) {
        scaled(three[0], 1 / AT_ZERO, six[0], count);
        kernelPair(three, 1 / AT_NEAR, NEAR, six[1], six[2], count);
        kernelPair(three, 1 / AT_FAR, FAR, six[3], six[4], count);
        System.arraycopy(three[2], 0, six[5], 0, count);
    }

    private static void scaled(float[] from, float factor, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] = factor * from[i];
        }
    }

    private static void kernelPair(float[][] three, float factor, float point, float[] plus, float[] minus, int count) {
        float[] a = three[0];
        float[] b = three[1];
        float[] c = three[2];
        float square = point * point;
        for (int i = 0; i < count; i++) {
            float even = factor * (a[i] + square * c[i]);
            float odd = factor * point * b[i];
            plus[i] = even + odd;
            minus[i] = even - odd;
        }
    }

    /** Makes four results of the products at six points; the other side of {@link #resultGradient}. */
    static void result(float[][] six, float[][] four, int count) {
        first(six, four[0], count);
        odd(six, NEAR, FAR, four[1], count);
        even(six, NEAR_SQUARE, FAR_SQUARE, four[2], count);
        odd(six, NEAR * NEAR_SQUARE, FAR * FAR_SQUARE, four[3], count);
        add(six[5], four[3], count);
    }

    private static void first(float[][] six, float[] to, int count) {
        float[] a = six[0];
        float[] b = six[1];
        float[] c = six[2];
        float[] d = six[3];
        float[] e = six[4];
        for (int i = 0; i < count; i++) {
            to[i] = a[i] + (b[i] + c[i]) + (d[i] + e[i]);
        }
    }

    private static void odd(float[][] six, float near, float far, float[] to, int count) {
        float[] b = six[1];
        float[] c = six[2];
        float[] d = six[3];
        float[] e = six[4];
        for (int i = 0; i < count; i++) {
            to[i] = near * (b[i] - c[i]) + far * (d[i] - e[i]);
        }
    }

    private static void even(float[][] six, float near, float far, float[] to, int count) {
        float[] b = six[1];
        float[] c = six[2];
        float[] d = six[3];
        float[] e = six[4];
        for (int i = 0; i < count; i++) {
            to[i] = near * (b[i] + c[i]) + far * (d[i] + e[i]);
        }
    }

    /** Adds an array to another. */
    static void add(float[] added, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += added[i];
        }
    }

    /** Transforms four results' gradients. */
    static void resultGradient(float[][] four, float[][] six, int count) {
        System.arraycopy(four[0], 0, six[0], 0, count);
        gradientPair(four, NEAR, six[1], six[2], count);
        gradientPair(four, FAR, six[3], six[4], count);
        System.arraycopy(four[3], 0, six[5], 0, count);
    }

    private static void gradientPair(float[][] four, float point, float[] plus, float[] minus, int count) {
        float[] a = four[0];
        float[] b = four[1];
        float[] c = four[2];
        float[] d = four[3];
        float square = point * point;
        for (int i = 0; i < count; i++) {
            float even = a[i] + square * c[i];
            float odd = point * (b[i] + square * d[i]);
            plus[i] = even + odd;
            minus[i] = even - odd;
        }
    }

    /** Makes a kernel's three gradients of the products at six points. */
    static void kernelGradient(float[][] six, float[][] three, int count) {
        even(six, 1 / AT_NEAR, 1 / AT_FAR, three[0], count);
        odd(six, NEAR / AT_NEAR, FAR / AT_FAR, three[1], count);
        even(six, NEAR_SQUARE / AT_NEAR, FAR_SQUARE / AT_FAR, three[2], count);
        addScaled(six[0], 1 / AT_ZERO, three[0], count);
        add(six[5], three[2], count);
    }

    private static void addScaled(float[] added, float factor, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += factor * added[i];
        }
    }
}
