package dev.convoke.evaluation;

/**
 * The range a proportion lies in with 95 % confidence, given a sample of it.
 *
 * @param low lower end
 * @param high upper end
 */
public record Interval(double low, double high) {

    /** The two-sided 95 % point of the normal distribution. */
    private static final double Z = 1.959963984540054;

    /**
     * Returns Wilson's score interval, which stays within [0, 1] and holds for small samples too; NaN without a sample.
     *
     * @see <a href="https://doi.org/10.1080/01621459.1927.10502953">Wilson 1927</a>
     */
    public static Interval wilson(long successes, long trials) {
        double n = trials;
        double share = successes / n;
        double scale = 1 + Z * Z / n;
        double centre = (share + Z * Z / (2 * n)) / scale;
        double half = Z / scale * Math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n));
        return new Interval(Math.max(0, centre - half), Math.min(1, centre + half));
    }
}
