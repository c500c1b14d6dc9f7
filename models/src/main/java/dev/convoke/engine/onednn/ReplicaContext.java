package dev.convoke.engine.onednn;

/**
 * What all programs of a replica share.
 *
 * @param natives owns everything native
 * @param dataType oneDNN's number for the format of activations
 * @param settings of the current step
 * @param team of threads for what is not native
 */
record ReplicaContext(Natives natives, int dataType, StepSettings settings, Team team) {}
