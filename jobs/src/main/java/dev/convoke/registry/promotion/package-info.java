/** When a challenger takes the champion's place: the rule as data, and its statistics. */
@NullMarked
package dev.convoke.registry.promotion;

import org.jspecify.annotations.NullMarked;
