package dev.convoke.spark;

import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ingest.Rejections;
import dev.convoke.storage.Location;

/**
 * What a sharding job made.
 *
 * @param dataset where it is
 * @param manifest what it is
 * @param rejections how many inputs were rejected and why; each is in {@code quarantine.jsonl}
 */
public record ShardingResult(Location dataset, ShardManifest manifest, Rejections rejections) {}
