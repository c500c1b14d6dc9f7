package dev.convoke.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a run's bytes depend on. A checkpoint continues only a run with the same identity; anything else is another
 * experiment.
 *
 * @param seed keys every random choice
 * @param workers logical replicas
 * @param batch examples in a minibatch
 * @param averaging when and how the replicas are averaged, in words; equal words mean equal averaging
 * @param datasetSha256 digest of the dataset's manifest
 * @param architectureSha256 digest of the network's configuration
 * @param recipeSha256 digest of the resolved recipe
 */
public record RunIdentity(
        long seed,
        int workers,
        int batch,
        String averaging,
        String datasetSha256,
        String architectureSha256,
        String recipeSha256) {

    /** Returns every difference between this, the checkpoint's, and what is wanted now. */
    public List<Difference> differencesTo(RunIdentity wanted) {
        List<Difference> differences = new ArrayList<>();
        compare(differences, "seed", seed, wanted.seed);
        compare(differences, "workers", workers, wanted.workers);
        compare(differences, "batch", batch, wanted.batch);
        compare(differences, "averaging", averaging, wanted.averaging);
        compare(differences, "dataset", datasetSha256, wanted.datasetSha256);
        compare(differences, "architecture", architectureSha256, wanted.architectureSha256);
        compare(differences, "recipe", recipeSha256, wanted.recipeSha256);
        return List.copyOf(differences);
    }

    private static void compare(List<Difference> differences, String what, Object found, Object wanted) {
        if (!Objects.equals(found, wanted)) {
            differences.add(new Difference(what, found.toString(), wanted.toString()));
        }
    }

    /**
     * One thing that differs.
     *
     * @param what its name: {@code seed}, {@code workers}, {@code batch}, {@code averaging}, {@code dataset},
     *     {@code architecture} or {@code recipe}
     * @param found what the checkpoint has
     * @param wanted what the run asks for
     */
    public record Difference(String what, String found, String wanted) {

        @Override
        public String toString() {
            return what + ": " + found + " in the checkpoint, " + wanted + " now";
        }
    }
}
