package dev.convoke.engine.onednn;

/**
 * What all programs of a replica share.
 *
 * @param natives owns everything native
 * @param dataType oneDNN's number for the format of activations
 * @param settings of the current step
 */
record ReplicaContext(Natives natives, int dataType, StepSettings settings) {}
