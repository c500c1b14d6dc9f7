package dev.convoke.engine.plan;

import dev.convoke.engine.StateLayout.Segment;

/**
 * One parameter array of a node and how a step updates it.
 *
 * @param segment where it stands in the state vector
 * @param momentumOffset where its momentum stands in the state vector, or -1 if it has none
 * @param momentum Nesterov momentum, 0 for plain descent
 * @param weightDecay added to the gradient as {@code weightDecay * w}, after clipping
 * @param rate its learning rate as a multiple of the step's; 0 for a frozen one
 * @param clip largest absolute value of an element of the mean gradient, 0 for none
 */
public record Parameter(
        Segment segment, int momentumOffset, double momentum, double weightDecay, double rate, double clip) {}
