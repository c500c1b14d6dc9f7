package dev.convoke.training;

/**
 * What a checkpoint took, in milliseconds.
 *
 * @param heldUpMillis how long the training stood still for it
 * @param commitMillis writing its slices, most of it beside the next round, and making them a checkpoint: by the
 *     process that took longest
 */
public record CheckpointTimes(double heldUpMillis, double commitMillis) {}
