/** From images as people keep them to the rows of shards: sources, their layout, and what one shard is made of. */
@NullMarked
package dev.convoke.shard.ingest;

import org.jspecify.annotations.NullMarked;
