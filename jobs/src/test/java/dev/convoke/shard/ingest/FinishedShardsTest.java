package dev.convoke.shard.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.PixelStatistics;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.ShardBuilder.Outcome;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.Sha256;
import java.util.List;
import org.junit.jupiter.api.Test;

class FinishedShardsTest {

    private static final byte[] SHARD = "a shard".getBytes(UTF_8);
    private static final Fingerprint INPUTS = Fingerprint.of("cat/1.jpg", Sha256.of(SHARD));

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location workshop = MemoryFileStore.root().child(".sharding");
    private final FinishedShards shelf = new FinishedShards(store, workshop.child("finished-request"));

    @Test
    void aShardIsFoundByWhatItsInputsWere() {
        Outcome kept = shelf.keep(3, attempt("one", INPUTS));

        assertThat(shelf.has(3)).isTrue();
        assertThat(shelf.find(3, INPUTS)).contains(kept);
        assertThat(shelf.find(3, Fingerprint.NONE)).isEmpty();
        assertThat(shelf.has(4)).isFalse();
        assertThat(store.read(new Location(kept.file()), 100)).isEqualTo(SHARD);
        assertThat(store.read(new Location(kept.quarantine()), 100)).isEqualTo("rejected".getBytes(UTF_8));
    }

    private Outcome attempt(String name, Fingerprint inputs) {
        Location folder = workshop.child("job-1").child(name);
        store.replace(folder.child("shard.parquet"), SHARD);
        store.replace(folder.child("quarantine.jsonl"), "rejected".getBytes(UTF_8));
        return new Outcome(
                new ShardEntry("train/part-00003.parquet", Split.TRAIN, SHARD.length, Sha256.of(SHARD), 0, List.of()),
                folder.child("shard.parquet").uri(),
                folder.child("quarantine.jsonl").uri(),
                List.of(1L),
                1,
                PixelStatistics.NONE,
                inputs,
                Rejections.NONE,
                "",
                Tally.NONE,
                List.of());
    }
}
