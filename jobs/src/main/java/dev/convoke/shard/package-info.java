/** The dataset on disk: manifest, Parquet shards, quarantine. */
@NullMarked
package dev.convoke.shard;

import org.jspecify.annotations.NullMarked;
