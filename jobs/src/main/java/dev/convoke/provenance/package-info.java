/** Where an artefact comes from: commit, recipe, data, machine. */
@NullMarked
package dev.convoke.provenance;

import org.jspecify.annotations.NullMarked;
