/** A run's figures in an MLflow tracking server, for those who have one. */
@NullMarked
package dev.convoke.metrics.mlflow;

import org.jspecify.annotations.NullMarked;
