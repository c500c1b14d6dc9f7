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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FinishedShardsTest {

    private static final byte[] SHARD = "a shard".getBytes(UTF_8);
    private static final byte[] REJECTED = "rejected".getBytes(UTF_8);
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
        assertThat(store.read(new Location(kept.quarantine()), 100)).isEqualTo(REJECTED);
    }

    @Test
    void anAttemptThatEndsAfterAnotherWasKeptChangesNothing() {
        Outcome kept = shelf.keep(3, attempt("one", INPUTS));
        Outcome second = attempt("two", INPUTS);
        store.pauseAt(-1, () -> {});
        Map<String, byte[]> before = store.files();

        Outcome late = shelf.keep(3, second);

        assertThat(late).isEqualTo(kept);
        assertThat(store.files()).usingRecursiveComparison().isEqualTo(before);
        assertThat(store.journal()).isEmpty();
    }

    @Test
    void twoAttemptsThatEndAtTheSameTimeAgreeOnOneThatIsWhole() {
        int meetings = 0;
        for (int operation = 0; operation < 20; operation++) {
            MemoryFileStore files = new MemoryFileStore();
            FinishedShards here = new FinishedShards(files, workshop.child("finished-request"));
            Outcome first = attempt(files, "one", INPUTS);
            Outcome second = attempt(files, "two", INPUTS);
            List<Outcome> other = new ArrayList<>();
            files.pauseAt(operation, () -> other.add(here.keep(3, first)));

            Outcome one = here.keep(3, second);

            for (Outcome told : other) {
                assertThat(told).as("met at operation " + operation).isEqualTo(one);
                meetings++;
            }
            assertThat(here.find(3, INPUTS)).contains(one);
            assertThat(files.read(new Location(one.file()), 100)).isEqualTo(SHARD);
            assertThat(files.read(new Location(one.quarantine()), 100)).isEqualTo(REJECTED);
        }
        assertThat(meetings).isEqualTo(4);
    }

    @Test
    void aShardThatAKilledJobMovedAwayIsMadeAgainAndKept() {
        Outcome used = shelf.keep(3, attempt("one", INPUTS));
        store.rename(new Location(used.file()), workshop.parent().child("train/part-00003.parquet"));
        assertThat(shelf.find(3, INPUTS)).isEmpty();

        Outcome again = shelf.keep(3, attempt("two", INPUTS));

        assertThat(shelf.find(3, INPUTS)).contains(again);
        assertThat(store.read(new Location(again.file()), 100)).isEqualTo(SHARD);
    }

    private Outcome attempt(String name, Fingerprint inputs) {
        return attempt(store, name, inputs);
    }

    private Outcome attempt(MemoryFileStore files, String name, Fingerprint inputs) {
        Location folder = workshop.child("job-1").child(name);
        files.replace(folder.child("shard.parquet"), SHARD);
        files.replace(folder.child("quarantine.jsonl"), REJECTED);
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
