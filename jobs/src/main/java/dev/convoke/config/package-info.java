/** The recipe: YAML and overrides into records, every problem reported at once. */
@NullMarked
package dev.convoke.config;

import org.jspecify.annotations.NullMarked;
