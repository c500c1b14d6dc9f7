package dev.convoke.spark;

import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ingest.Findings;
import dev.convoke.shard.ingest.Rejections;
import dev.convoke.storage.Location;

/**
 * What a sharding job made.
 *
 * @param dataset where it is
 * @param manifest what it is
 * @param findings what was noticed on the way
 * @param unchanged whether the dataset was there already, made by an equal request; then nothing was noticed
 */
public record ShardingResult(Location dataset, ShardManifest manifest, Findings findings, boolean unchanged) {

    static ShardingResult unchanged(Location dataset, ShardManifest manifest) {
        return new ShardingResult(dataset, manifest, Findings.NONE, true);
    }

    /** Returns how many inputs were rejected and why; each is in {@code quarantine.jsonl}. */
    public Rejections rejections() {
        return findings.rejections();
    }
}
