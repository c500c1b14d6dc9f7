package dev.convoke.evaluation;

/**
 * What was evaluated on what.
 *
 * @param split the split's name, such as {@code test}
 * @param rounds how many averaging rounds the state had behind it
 * @param state digest of the state, so that figures can be told from those of another copy of the model
 * @param dataset digest of the dataset's manifest
 */
public record Evaluated(String split, int rounds, String state, String dataset) {}
