package dev.convoke.training;

import dev.convoke.training.RoundResult.WorkerReport;
import java.nio.FloatBuffer;
import java.util.List;

/** What a round's results must be before anything of them counts. */
public final class Acceptance {

    private static final int TILE = 4096;
    private static final int EXPONENT = 0x7f800000;
    private static final int LOWEST_EXPONENT_BIT = 0x00800000;

    private Acceptance() {}

    /**
     * Checks that there is exactly one report for each worker, with the planned examples and a finite loss.
     *
     * @throws UnacceptableResultException if a report is missing, doubled, or counts other examples than planned
     * @throws TrainingDivergedException if a loss is not finite
     */
    public static void check(Round round, List<WorkerReport> reports) {
        if (reports.size() != round.shares().size()) {
            throw new UnacceptableResultException("Round " + round.number() + " has " + reports.size() + " results for "
                    + round.shares().size() + " workers");
        }
        for (int worker = 0; worker < reports.size(); worker++) {
            check(round, round.shares().get(worker), reports.get(worker));
        }
    }

    private static void check(Round round, Round.Share share, WorkerReport report) {
        if (report.worker() != share.worker()) {
            throw new UnacceptableResultException("Round " + round.number() + " has a result of worker "
                    + report.worker() + " where worker " + share.worker() + "'s should be");
        }
        if (report.examples() != share.examples()) {
            throw new UnacceptableResultException("Worker " + share.worker() + " trained " + report.examples()
                    + " examples in round " + round.number() + ", planned were " + share.examples());
        }
        if (!Double.isFinite(report.lossSum())) {
            throw new TrainingDivergedException("Worker " + share.worker() + " has the loss " + report.lossSum()
                    + " in round " + round.number() + ": lower the learning rate or lengthen its warm-up");
        }
    }

    /** Returns what to throw for a value of a worker's state, counted from the front of the state vector. */
    static TrainingDivergedException notFinite(Round round, int worker, int value) {
        return notFinite("Worker " + worker + " has a state", round, value);
    }

    /**
     * Checks that every value of a part of the state is finite after a round.
     *
     * @param maker what gives the state, for the message
     * @param values read from 0 to the limit, by absolute index
     * @param offset where the part stands in the state vector, for the message
     * @throws TrainingDivergedException if one is not
     */
    public static void checkAverage(String maker, Round round, FloatBuffer values, int offset) {
        float[] tile = new float[TILE];
        for (int start = 0; start < values.limit(); start += TILE) {
            int length = Math.min(TILE, values.limit() - start);
            values.get(start, tile, 0, length);
            if (!allFinite(tile, length)) {
                throw averageNotFinite(maker, round, offset + start + firstNotFinite(tile, length));
            }
        }
    }

    /** Returns what to throw for a value that something made of finite ones. */
    static TrainingDivergedException averageNotFinite(String maker, Round round, int value) {
        return notFinite(maker + " gives a state", round, value);
    }

    private static TrainingDivergedException notFinite(String who, Round round, int value) {
        return new TrainingDivergedException(who + " that is not finite (value " + value + ") after round "
                + round.number() + ": lower the learning rate or lengthen its warm-up");
    }

    /** Returns whether the first {@code length} values are all finite. */
    static boolean allFinite(float[] values, int length) {
        int carried = 0;
        for (int i = 0; i < length; i++) {
            // An exponent of ones carries into the sign.
            carried |= (Float.floatToRawIntBits(values[i]) & EXPONENT) + LOWEST_EXPONENT_BIT;
        }
        return carried >= 0;
    }

    /** Returns the index of the first value that is not finite, or {@code length}. */
    static int firstNotFinite(float[] values, int length) {
        int i = 0;
        while (i < length && Float.isFinite(values[i])) {
            i++;
        }
        return i;
    }
}
