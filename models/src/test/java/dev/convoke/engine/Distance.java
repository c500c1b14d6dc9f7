package dev.convoke.engine;

/** How far apart two replicas are. */
public final class Distance {

    private Distance() {}

    /** Returns the length of the difference over the length of what was expected. */
    public static double relative(float[] values, float[] expected) {
        return relative(values, expected, 0, expected.length);
    }

    /** Returns the largest relative distance of any parameter array, and of its momentum taken as a whole. */
    public static double worstSegment(Replica replica, Replica expected) {
        float[] values = States.of(replica);
        float[] wanted = States.of(expected);
        StateLayout layout = expected.layout();
        double worst = relative(values, wanted, layout.parameterCount(), layout.valueCount());
        for (StateLayout.Segment segment : layout.segments()) {
            worst = Math.max(worst, relative(values, wanted, segment.offset(), segment.offset() + segment.length()));
        }
        return worst;
    }

    private static double relative(float[] values, float[] expected, int from, int to) {
        double difference = 0;
        double length = 0;
        for (int i = from; i < to; i++) {
            difference += Math.pow((double) values[i] - expected[i], 2);
            length += Math.pow(expected[i], 2);
        }
        return length == 0 ? Math.sqrt(difference) : Math.sqrt(difference / length);
    }
}
