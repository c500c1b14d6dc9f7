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
 * @param revision the revision this request made; the dataset may have later ones if nothing was changed
 */
public record ShardingResult(
        Location dataset, ShardManifest manifest, Findings findings, boolean unchanged, int revision) {

    static ShardingResult unchanged(Location dataset, ShardManifest manifest, String request) {
        // Every revision adds one request; the last one's is the last.
        int later = manifest.history().requests().size()
                - 1
                - manifest.history().requests().lastIndexOf(request);
        return new ShardingResult(
                dataset, manifest, Findings.NONE, true, manifest.history().revision() - later);
    }

    /** Returns how many inputs were rejected and why; each is in {@code quarantine.jsonl}. */
    public Rejections rejections() {
        return findings.rejections();
    }
}
