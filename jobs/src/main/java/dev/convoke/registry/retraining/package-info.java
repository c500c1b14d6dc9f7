/** Whether it is time to retrain, what a night did step by step, and how it ended. */
@NullMarked
package dev.convoke.registry.retraining;

import org.jspecify.annotations.NullMarked;
