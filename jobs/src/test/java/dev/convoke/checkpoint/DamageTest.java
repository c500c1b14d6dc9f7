package dev.convoke.checkpoint;

import static dev.convoke.checkpoint.CheckpointFixture.ownAndDie;
import static dev.convoke.checkpoint.CheckpointFixture.save;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.NewerFormatException;
import dev.convoke.storage.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damage of any kind is found, and recovery falls back to the checkpoint before. */
class DamageTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");
    private final CheckpointStore checkpoints =
            new CheckpointStore(store, run, ownAndDie(store, run), Retention.DEFAULT);
    private final Checkpoint older = save(store, checkpoints, 1, 0);
    private final Checkpoint newer = save(store, checkpoints, 2, 0);

    @Test
    void everyTruncationIsFound() {
        int lengths = 0;
        for (FileEntry file : store.list(newer.folder())) {
            byte[] whole = store.read(file.location(), 1 << 20);
            boolean marker = file.location().name().equals("_COMMITTED");
            // The marker's line break carries nothing.
            int last = marker ? whole.length - 1 : whole.length;
            for (int length = 0; length < last; length++) {
                store.damage(file.location(), Arrays.copyOf(whole, length));
                assertFallsBack(file.location(), "cut to " + length);
                lengths++;
            }
            store.damage(file.location(), whole);
        }
        assertThat(lengths).isGreaterThan(1_000);
        assertThat(recover().newest()).contains(newer);
    }

    @Test
    void tenThousandFlippedBitsAreFound() {
        long seed = 7;
        Random random = new Random(seed);
        List<FileEntry> files = store.list(newer.folder());
        long total = files.stream().mapToLong(FileEntry::bytes).sum();
        for (int i = 0; i < 10_000; i++) {
            long position = (long) (random.nextDouble() * total);
            for (FileEntry file : files) {
                if (position < file.bytes()) {
                    flip(file.location(), (int) position, random.nextInt(8), seed);
                    break;
                }
                position -= file.bytes();
            }
        }
        assertThat(recover().newest()).contains(newer);
    }

    @Test
    void holesAndStrangeBytesAreFound() {
        for (FileEntry file : store.list(newer.folder())) {
            byte[] whole = store.read(file.location(), 1 << 20);
            store.damage(file.location(), new byte[whole.length]);
            assertFallsBack(file.location(), "all zero");
            store.damage(file.location(), Arrays.copyOf(whole, whole.length + 1));
            if (!file.location().name().equals("_COMMITTED")) {
                assertFallsBack(file.location(), "one byte longer");
            }
            store.damage(file.location(), whole);
            store.delete(file.location());
            assertFallsBack(file.location(), "missing");
            store.replace(file.location(), whole);
        }
    }

    @Test
    void slicesThatChangedPlacesAreFound() {
        byte[] first = store.read(newer.folder().child("slice-0000.bin"), 1 << 20);
        byte[] second = store.read(newer.folder().child("slice-0001.bin"), 1 << 20);
        store.damage(newer.folder().child("slice-0000.bin"), second);
        store.damage(newer.folder().child("slice-0001.bin"), first);

        assertFallsBack(newer.folder(), "swapped");
    }

    @Test
    void aRenamedCheckpointIsFound() {
        store.delete(newer.folder());
        store.rename(older.folder(), newer.folder());

        Recovery recovery = recover();

        assertThat(recovery.newest()).isEmpty();
        assertThat(recovery.reasons()).contains("holds the state after 1 rounds");
    }

    @Test
    void theReasonsNameEachRejectedCheckpoint() {
        Checkpoint third = save(store, checkpoints, 3, 0);
        store.delete(third.folder().child("_COMMITTED"));
        store.delete(newer.folder().child("slice-0000.bin"));
        store.makeFolder(run.child("checkpoints/round-000009"));

        Recovery recovery = recover();

        assertThat(recovery.newest()).contains(older);
        assertThat(recovery.rejected())
                .extracting(Recovery.Rejected::folder)
                .containsExactly(run.child("checkpoints/round-000009"), third.folder(), newer.folder());
        assertThat(recovery.reasons())
                .contains("round-000009 is not usable", "round-000003 has no _COMMITTED", "slice-0000.bin is missing");
    }

    @Test
    void whenNothingVerifiesThatIsSaid() {
        for (Checkpoint checkpoint : List.of(older, newer)) {
            store.damage(checkpoint.folder().child("slice-0001.bin"), new byte[3]);
        }

        Recovery recovery = recover();

        assertThat(recovery.everythingIsLost()).isTrue();
        assertThat(recovery.rejected()).hasSize(2);
    }

    @Test
    void aFirstSaveThatWasCutShortIsNoLoss() {
        store.delete(older.folder());
        for (String marker : List.of("", "0123", "\u0000".repeat(65))) {
            store.damage(newer.folder().child("_COMMITTED"), marker.getBytes(StandardCharsets.UTF_8));

            assertNothingIsLost();
        }
        store.delete(newer.folder().child("_COMMITTED"));

        assertNothingIsLost();
    }

    private void assertNothingIsLost() {
        Recovery recovery = recover();

        assertThat(recovery.newest()).isEmpty();
        assertThat(recovery.rejected()).hasSize(1);
        assertThat(recovery.everythingIsLost()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../../etc/passwd",
                "/etc/passwd",
                "slice-0000.bin/../../x",
                "slice-0000.bin\\u0000",
                "file:/etc/passwd",
                "hdfs://other/x",
                "",
                ".",
                "manifest.json",
                "slice-00000000000000.bin"
            })
    void aManifestCannotPointElsewhere(String name) {
        rewrite("slice-0000.bin", name);

        assertFallsBack(newer.folder(), name);
    }

    @Test
    void malformedManifestsAreRefusedWithoutHarm() {
        List<String> texts = List.of(
                "",
                "null",
                "[]",
                "{}",
                "{\"format_version\": \"1\"}",
                "{\"format_version\": 1, \"format_version\": 1}",
                "[".repeat(100_000),
                "{\"a\":".repeat(5_000),
                "{\"format_version\": " + "9".repeat(5_000) + "}",
                "{\"@class\": \"javax.script.ScriptEngineManager\", \"format_version\": 1}",
                "\u00ac\u00ed\u0000\u0005sr",
                manifest() + "{}",
                manifest().replace("\"length\" : 47", "\"length\" : -47"),
                manifest().replace("\"length\" : 47", "\"length\" : 2147483647"),
                manifest().replace("\"offset\" : 47", "\"offset\" : 46"),
                manifest().replaceAll("\"sha256\" : \"[0-9a-f]{64}\"", "\"sha256\" : \"\""),
                manifest().replace("slice-0001.bin", "slice-0000.bin"),
                manifest().replace("\"weight\"", "\"other\""),
                manifest().replace("\"rounds_done\" : 2", "\"rounds_done\" : 4294967298"),
                manifest().replace("\"seed\" : 42", "\"seed\" : 4.2"));
        for (String text : texts) {
            assertThat(text).isNotEqualTo(manifest());
            commitText(text);
            assertFallsBack(newer.folder(), text.substring(0, Math.min(60, text.length())));
        }
    }

    @Test
    void aNewerFormatIsRefusedNotSkipped() {
        commitText(manifest().replace("\"format_version\" : 1", "\"format_version\" : 2"));

        assertThatThrownBy(this::recover)
                .isInstanceOf(NewerFormatException.class)
                .hasMessageContaining("round-000002/manifest.json")
                .hasMessageContaining("format version 2")
                .hasMessageContaining("up to 1");
    }

    private final String manifest =
            new String(store.read(newer.folder().child("manifest.json"), 1 << 20), StandardCharsets.UTF_8);

    private String manifest() {
        return manifest;
    }

    private void rewrite(String old, String replacement) {
        commitText(manifest.replace(old, replacement));
    }

    /** Whoever writes a manifest can write its marker too. */
    private void commitText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        store.damage(newer.folder().child("manifest.json"), bytes);
        store.damage(newer.folder().child("_COMMITTED"), Sha256.of(bytes).getBytes(StandardCharsets.UTF_8));
    }

    private void flip(Location file, int position, int bit, long seed) {
        byte[] whole = store.read(file, 1 << 20);
        if (file.name().equals("_COMMITTED") && position == whole.length - 1) {
            return;
        }
        byte[] damaged = whole.clone();
        damaged[position] ^= (byte) (1 << bit);
        store.damage(file, damaged);
        assertFallsBack(file, "bit " + bit + " of byte " + position + " flipped, seed " + seed);
        store.damage(file, whole);
    }

    private void assertFallsBack(Location place, String damage) {
        Recovery recovery = recover();
        assertThat(recovery.newest()).as("%s %s", place, damage).contains(older);
        assertThat(recovery.rejected()).hasSize(1);
    }

    private Recovery recover() {
        return new CheckpointReader(store, run).recover();
    }
}
