/** The four networks as DL4J graph configurations, the catalog that finds them and the summary that prints them. */
@NullMarked
package dev.convoke.models;

import org.jspecify.annotations.NullMarked;
