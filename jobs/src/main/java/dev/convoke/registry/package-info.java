/** Model versions and the aliases that consumers read. */
@NullMarked
package dev.convoke.registry;

import org.jspecify.annotations.NullMarked;
