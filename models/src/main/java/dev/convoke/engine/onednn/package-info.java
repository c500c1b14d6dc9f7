/** The engine that executes plans on oneDNN 3. */
@NullMarked
package dev.convoke.engine.onednn;

import org.jspecify.annotations.NullMarked;
