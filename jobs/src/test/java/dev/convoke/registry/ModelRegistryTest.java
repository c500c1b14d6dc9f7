package dev.convoke.registry;

import static dev.convoke.registry.RegistryFixture.NOON;
import static dev.convoke.registry.RegistryFixture.open;
import static dev.convoke.registry.RegistryFixture.register;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.HadoopFileStore;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.MemoryFileStore.Crash;
import dev.convoke.storage.MemoryFileStore.Fault;
import dev.convoke.storage.MiniHdfs;
import dev.convoke.storage.NotFoundException;
import dev.convoke.storage.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelRegistryTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location place = MemoryFileStore.root().child("registry");
    private final ModelRegistry registry = open(store, place);

    @Test
    void aRegisteredModelIsReadBackAsItWasRegistered() {
        ModelVersion version = register(store, place, "first");

        ModelVersion read = registry.version(1);

        assertThat(read).isEqualTo(version);
        assertThat(read.name()).isEqualTo("v000001");
        assertThat(read.registered()).isEqualTo(NOON);
        assertThat(read.origin().data().examples()).isEqualTo(100);
        assertThat(read.files())
                .extracting(ModelVersion.StoredFile::name)
                .containsExactly("model/labels.json", "model/model.zip", "model/preprocessing.json", "recipe.yaml");
        assertThat(new String(store.read(read.model().child("model.zip"), 100), UTF_8))
                .isEqualTo("weights of first");
        assertThat(read.modelBytes()).isEqualTo("weights of first".length());
        registry.verify(read);
    }

    @Test
    void aVersionIsFoundByNumberNameAndAlias() {
        register(store, place, "first");
        register(store, place, "second");
        registry.move("champion", 2, Optional.empty(), "test", "it is better");

        assertThat(List.of(registry.resolve("2"), registry.resolve("v2"), registry.resolve("v000002")))
                .containsOnly(registry.version(2));
        assertThat(registry.resolve("champion").number()).isEqualTo(2);
        assertThatThrownBy(() -> registry.resolve("champoin"))
                .isInstanceOf(UnknownVersionException.class)
                .hasMessageContaining(
                        "no 'champoin' in the registry memory:/registry; it has: champion, v000001, v000002");
        assertThatThrownBy(() -> registry.move("Champion!", 1, Optional.empty(), "test", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use small letters, digits and hyphens");
    }

    @Test
    void whoeverDecidedOnAnOlderStateMovesNothing() {
        register(store, place, "first");
        register(store, place, "second");
        register(store, place, "third");
        AliasMove seen = registry.move("champion", 1, Optional.empty(), "night 1", "the first");
        registry.move("champion", 2, Optional.of(seen), "night 2", "better");

        assertThatThrownBy(() -> registry.move("champion", 3, Optional.of(seen), "late", "decided long ago"))
                .isInstanceOf(AliasMovedException.class)
                .hasMessageContaining("it names v000002")
                .hasMessageContaining("by night 2 (better), not v000001 any more");

        assertThat(registry.history("champion")).extracting(AliasMove::version).containsExactly(1, 2);
    }

    @Test
    void aWriterThatWasPausedBeforeItsRenameFindsTheNumberTaken() {
        register(store, place, "first");
        register(store, place, "second");
        // The operations of a move: create, rename, delete. The other one moves between the look and the rename.
        store.pauseAt(1, () -> registry.move("champion", 2, Optional.empty(), "fast", "first come"));

        assertThatThrownBy(() -> registry.move("champion", 1, Optional.empty(), "paused", "too late"))
                .isInstanceOf(AliasMovedException.class)
                .hasMessageContaining("it names v000002");

        assertThat(registry.history("champion"))
                .extracting(AliasMove::sequence, AliasMove::version)
                .containsExactly(tuple(1, 2));
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"CRASH_BEFORE", "CRASH_DURING", "CRASH_AFTER"})
    void aCrashAtAnyOperationLeavesNoHalfVersionAndNoTornAlias(Fault fault) {
        register(store, place, "first");
        registry.move("champion", 1, Optional.empty(), "test", "");
        RegistryFixture.model(store, place.parent().child("runs"), "second");
        int operations = operationsOfANight(store.copy());
        List<String> survivors = new ArrayList<>();

        for (int k = 0; k < operations; k++) {
            MemoryFileStore dying = store.copy();
            dying.faultAt(k, fault);
            assertThatThrownBy(() -> night(dying)).isInstanceOf(Crash.class).hasMessageMatching("died at .*|is dead");
            dying.restart();

            ModelRegistry after = open(dying, place);
            ModelVersion champion = after.resolve("champion");
            after.versions().forEach(after::verify);
            survivors.add(champion.name());
            assertThat(champion.number())
                    .as("crash at %s", k)
                    .isLessThanOrEqualTo(after.versions().size());
            night(dying);
            assertThat(after.resolve("champion").model().child("model.zip"))
                    .satisfies(file ->
                            assertThat(new String(dying.read(file, 100), UTF_8)).isEqualTo("weights of second"));
        }

        assertThat(survivors).contains("v000001");
        assertThat(operations).isGreaterThan(8);
    }

    @Test
    void aFailingStorageLeavesNoVersion() {
        RegistryFixture.model(store, place.parent().child("runs"), "first");
        store.faultAt(3, Fault.FAIL);

        assertThatThrownBy(() -> register(store, place, "first"))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("planned failure");

        assertThat(registry.versions()).isEmpty();
    }

    @Test
    void aFolderWithoutAModelIsRefused() {
        assertThatThrownBy(() -> registry.register(
                        RegistryFixture.draft("run"), place.parent().child("nowhere"), Map.of()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("There is no model at memory:/nowhere");
    }

    @Test
    void rollingBackGoesFurtherBackEachTime() {
        for (String run : List.of("a", "b", "c")) {
            ModelVersion version = register(store, place, run);
            registry.move("champion", version.number(), registry.current("champion"), "test", "");
        }

        List<Integer> named = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            ModelVersion target = registry.before("champion");
            registry.move("champion", target.number(), registry.current("champion"), "rollback", "");
            named.add(target.number());
        }

        assertThat(named).containsExactly(2, 1);
        assertThatThrownBy(() -> registry.before("champion"))
                .isInstanceOf(UnknownVersionException.class)
                .hasMessageContaining("no earlier version to go back to");
        assertThat(registry.history("champion")).hasSize(5);
    }

    @Test
    void aChangedFileIsNamed() {
        ModelVersion version = register(store, place, "first");
        store.damage(version.model().child("model.zip"), "weights of furst".getBytes(UTF_8));

        assertThatThrownBy(() -> registry.verify(version))
                .isInstanceOf(DamagedVersionException.class)
                .hasMessageContaining("memory:/registry/versions/v000001/model/model.zip has SHA-256")
                .hasMessageContaining("roll the aliases that name v000001 back");
    }

    @Test
    void onALocalDiskManyWritersLoseNoVersionAndTearNoAlias(@TempDir Path folder) throws Exception {
        manyWriters(new LocalFileStore(), Location.parse(folder.toString()), 5);
    }

    @Test
    void onHdfsManyWritersLoseNoVersionAndTearNoAlias() throws Exception {
        try (HadoopFileStore hdfs =
                new HadoopFileStore(MiniHdfs.cluster().getFileSystem().getConf())) {
            manyWriters(hdfs, MiniHdfs.root().child("registry-race"), 3);
        }
    }

    /** Each registers and promotes what it registered, trying again when somebody was faster; readers look on. */
    private static void manyWriters(FileStore files, Location root, int turns) throws Exception {
        int writers = 4;
        Location shared = root.child("registry");
        ExecutorService executor = Executors.newFixedThreadPool(writers + 1);
        CyclicBarrier start = new CyclicBarrier(writers + 1);
        List<Future<Integer>> lost = new ArrayList<>();
        for (int writer = 0; writer < writers; writer++) {
            String name = "writer-" + writer;
            lost.add(executor.submit(() -> {
                start.await();
                int refused = 0;
                for (int turn = 0; turn < turns; turn++) {
                    ModelRegistry own = open(files, shared);
                    int version = register(files, shared, name + "-" + turn).number();
                    boolean moved = false;
                    while (!moved) {
                        try {
                            own.move("champion", version, own.current("champion"), name, "turn " + turn);
                            moved = true;
                        } catch (AliasMovedException faster) {
                            refused++;
                        }
                    }
                }
                return refused;
            }));
        }
        Future<Integer> reader = executor.submit(() -> {
            start.await();
            int reads = 0;
            while (lost.stream().anyMatch(future -> !future.isDone())) {
                ModelRegistry own = open(files, shared);
                if (own.current("champion").isPresent()) {
                    own.verify(own.resolve("champion"));
                    reads++;
                }
            }
            return reads;
        });
        for (Future<Integer> future : lost) {
            future.get();
        }
        assertThat(reader.get()).isPositive();
        executor.shutdown();

        ModelRegistry after = open(files, shared);
        assertThat(after.versions()).hasSize(writers * turns).allSatisfy(after::verify);
        assertThat(after.history("champion"))
                .extracting(AliasMove::sequence)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, writers * turns).boxed().toList());
        for (int i = 1; i < writers * turns; i++) {
            List<AliasMove> history = after.history("champion");
            assertThat(history.get(i).previous()).isEqualTo(history.get(i - 1).version());
        }
    }

    private void night(MemoryFileStore files) {
        ModelRegistry own = open(files, place);
        Location model = place.parent().child("runs").child("second").child("model");
        ModelVersion version = own.register(RegistryFixture.draft("second", 1), model, Map.of());
        own.move("champion", version.number(), own.current("champion"), "night", "better");
    }

    private int operationsOfANight(MemoryFileStore files) {
        files.faultAt(-1, Fault.FAIL);
        night(files);
        return files.journal().size();
    }
}
