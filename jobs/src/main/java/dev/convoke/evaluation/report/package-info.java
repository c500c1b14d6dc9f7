/** The report of a run as one HTML file that needs nothing beside it. */
@NullMarked
package dev.convoke.evaluation.report;

import org.jspecify.annotations.NullMarked;
