package dev.convoke.spark;

import dev.convoke.storage.Location;
import java.io.Serializable;

/**
 * What to predict, by what, and where to. Travels to executors.
 *
 * @param model the folder of the model
 * @param version what stands in every row: the model's version
 * @param modelSha256 digest of the model file
 * @param engine the name of the engine to compute with
 * @param batch images in a minibatch
 * @param top how many of the likeliest classes a row has
 * @param maxQuarantineRate fails if more than this share of the images is rejected
 * @param bareRepetitions full minibatches the network is timed on alone, beside the work; 0 for none
 */
public record PredictionJob(
        Location model,
        String version,
        String modelSha256,
        String engine,
        int batch,
        int top,
        double maxQuarantineRate,
        int bareRepetitions)
        implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Checks the ranges. */
    public PredictionJob {
        if (batch < 1 || top < 1 || !(maxQuarantineRate >= 0 && maxQuarantineRate <= 1)) {
            throw new IllegalArgumentException("--batch and --top are at least 1 and --max-quarantine-rate is between 0"
                    + " and 1, not " + batch + ", " + top + " and " + maxQuarantineRate);
        }
    }
}
