package dev.convoke.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShardManifestTest {

    private static final Location FOLDER = new Location("memory:/data/pets");

    private final MemoryFileStore store = new MemoryFileStore();
    private final ShardManifest manifest = TestDataset.write(store, FOLDER);

    @Test
    void theManifestSurvivesItsJson() {
        ShardManifest read = ShardManifest.fromJson(manifest.toJson(), FOLDER);

        assertThat(read).isEqualTo(manifest);
        assertThat(read.digest()).isEqualTo(manifest.digest()).hasSize(64);
    }

    @Test
    void theDigestChangesWithEverythingThatMatters() {
        ShardManifest otherClasses = new ShardManifest(
                List.of("cat", "dog", "hen"), manifest.splits(), manifest.shards(), manifest.source(), 2);
        ShardManifest fewerShards = new ShardManifest(
                manifest.classes(), manifest.splits(), manifest.shards().subList(0, 1), manifest.source(), 2);

        assertThat(List.of(otherClasses.digest(), fewerShards.digest(), manifest.digest()))
                .doesNotHaveDuplicates();
    }

    @Test
    void equalInputGivesEqualBytes() {
        MemoryFileStore other = new MemoryFileStore();

        TestDataset.write(other, FOLDER);

        assertThat(other.files().keySet()).isEqualTo(store.files().keySet());
        store.files()
                .forEach((name, content) ->
                        assertThat(other.files().get(name)).as(name).isEqualTo(content));
    }

    @Test
    void aNewerVersionIsRefused() {
        assertRefused("\"version\" : 1", "\"version\" : 2", "format version 2, this program reads up to 1");
    }

    @Test
    void whatIsMissingOrOfTheWrongKindIsNamed() {
        assertRefused("\"classes\"", "\"klasses\"", "'classes' is missing");
        assertRefused("\"quarantined\" : 2", "\"quarantined\" : \"two\"", "'quarantined' is not a whole number");
        assertRefused("convoke-dataset", "something", "format is 'something'");
        assertRefused("\"format\" :", "\"format\"", "not JSON");
        assertRefused("\"rows\" : 100", "\"rows\" : 101", "part-00000.parquet states rows");
        assertRefused("\"examples\" : 200", "\"examples\" : 201", "per_class does not fit");
    }

    private void assertRefused(String old, String replacement, String message) {
        String text = new String(manifest.toJson(), StandardCharsets.UTF_8);
        assertThat(text).contains(old);
        byte[] changed = text.substring(0, text.indexOf(old))
                .concat(replacement)
                .concat(text.substring(text.indexOf(old) + old.length()))
                .getBytes(StandardCharsets.UTF_8);
        assertThatExceptionOfType(DamagedDatasetException.class)
                .isThrownBy(() -> ShardManifest.fromJson(changed, FOLDER.child(ShardManifest.FILE)))
                .withMessageContaining("memory:/data/pets/manifest.json")
                .withMessageContaining(message);
    }
}
