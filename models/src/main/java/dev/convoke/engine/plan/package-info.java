/** A graph compiled to a plan that no longer knows DL4J and does not yet know what computes it. */
@NullMarked
package dev.convoke.engine.plan;

import org.jspecify.annotations.NullMarked;
