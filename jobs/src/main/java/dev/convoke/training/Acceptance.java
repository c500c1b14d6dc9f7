package dev.convoke.training;

import dev.convoke.training.RoundResult.WorkerReport;
import java.nio.FloatBuffer;
import java.util.List;

/** What a round's results must be before anything of them counts. */
public final class Acceptance {

    private static final int TILE = 4096;
    private static final int EXPONENT = 0x7f800000;

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

    /**
     * Checks that every value of a part of a worker's state is finite.
     *
     * @param values read from 0 to the limit, by absolute index
     * @param offset where the part stands in the state vector, for the message
     * @throws TrainingDivergedException if one is not
     */
    public static void checkFinite(Round round, int worker, FloatBuffer values, int offset) {
        check("Worker " + worker + " has a state", round, values, offset);
    }

    /**
     * Checks that every value of a part of the state is finite after the outer optimizer.
     *
     * @param values read from 0 to the limit, by absolute index
     * @param offset where the part stands in the state vector, for the message
     * @throws TrainingDivergedException if one is not
     */
    public static void checkAverage(Round round, FloatBuffer values, int offset) {
        check("The outer optimizer gives a state", round, values, offset);
    }

    private static void check(String who, Round round, FloatBuffer values, int offset) {
        float[] tile = new float[TILE];
        for (int start = 0; start < values.limit(); start += TILE) {
            int length = Math.min(TILE, values.limit() - start);
            values.get(start, tile, 0, length);
            if (largestExponent(tile, length) == EXPONENT) {
                throw new TrainingDivergedException(who + " that is not finite (value "
                        + (offset + start + firstNotFinite(tile)) + ") after round " + round.number()
                        + ": lower the learning rate or lengthen its warm-up");
            }
        }
    }

    private static int largestExponent(float[] values, int length) {
        int largest = 0;
        for (int i = 0; i < length; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(values[i]) & EXPONENT);
        }
        return largest;
    }

    private static int firstNotFinite(float[] values) {
        int i = 0;
        while (Float.isFinite(values[i])) {
            i++;
        }
        return i;
    }
}
