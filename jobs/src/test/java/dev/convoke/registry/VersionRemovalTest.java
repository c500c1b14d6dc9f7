package dev.convoke.registry;

import static dev.convoke.registry.RegistryFixture.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.MemoryFileStore.Crash;
import dev.convoke.storage.MemoryFileStore.Fault;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VersionRemovalTest {

    private static final Location PLACE = MemoryFileStore.root().child("registry");

    private final MemoryFileStore store = new MemoryFileStore();
    private final ModelRegistry registry = RegistryFixture.open(store, PLACE);
    private final VersionRemoval removal = new VersionRemoval(registry, store);

    @Test
    void whatIsRemovedLeavesARecordAndItsNumberIsNotGivenAgain() {
        register(store, PLACE, "a");
        ModelVersion second = register(store, PLACE, "b");

        assertThat(removal.remove(second)).isTrue();

        assertThat(registry.versions()).extracting(ModelVersion::number).containsExactly(1);
        assertThat(store.exists(PLACE.child("removed/v000002.json"))).isTrue();
        assertThat(register(store, PLACE, "c").number()).isEqualTo(3);
    }

    @Test
    void whatAnAliasNamesIsNotRemoved() {
        ModelVersion version = register(store, PLACE, "a");
        registry.move("champion", 1, Optional.empty(), "test", "");

        assertThat(removal.remove(version)).isFalse();

        registry.verify(registry.resolve("champion"));
    }

    /** Whatever happens between whatever operations of the removal, the promotion holds or was refused. */
    @Test
    void aPromotionAtAnyMomentOfARemovalNeverNamesWhatIsGone() {
        register(store, PLACE, "a");
        register(store, PLACE, "b");
        registry.move("champion", 1, Optional.empty(), "test", "");
        int operations = operations(store.copy());
        int refused = 0;

        for (int k = 0; k < operations; k++) {
            MemoryFileStore files = store.copy();
            ModelRegistry other = RegistryFixture.open(files, PLACE);
            List<RuntimeException> failures = new ArrayList<>();
            files.pauseAt(k, () -> {
                try {
                    other.move("champion", 2, other.current("champion"), "promotion", "in between");
                } catch (UnknownVersionException gone) {
                    failures.add(gone);
                }
            });

            boolean removed = new VersionRemoval(other, files).remove(other.version(2));

            ModelVersion champion = other.resolve("champion");
            other.verify(champion);
            assertThat(champion.number()).as("promotion before operation %s", k).isEqualTo(removed ? 1 : 2);
            assertThat(failures)
                    .as("promotion before operation %s: refused if the version went, and only then", k)
                    .hasSize(removed ? 1 : 0);
            refused += failures.size();
        }

        assertThat(refused).isPositive();
    }

    /** The other way round: versions are removed between any two operations of a promotion, of a first one, too. */
    @Test
    void aRemovalAtAnyMomentOfAPromotionLeavesNoAliasThatNamesWhatIsGone() {
        register(store, PLACE, "a");
        register(store, PLACE, "b");
        MemoryFileStore named = store.copy();
        RegistryFixture.open(named, PLACE).move("champion", 1, Optional.empty(), "test", "");
        for (MemoryFileStore before : List.of(store, named)) {
            List<Boolean> removals = new ArrayList<>();
            for (int k = 0; k < operationsOfAPromotion(before.copy()); k++) {
                MemoryFileStore files = before.copy();
                ModelRegistry own = RegistryFixture.open(files, PLACE);
                files.pauseAt(k, () -> removals.add(new VersionRemoval(own, files).remove(own.version(2))));

                boolean moved = promotes(own);

                boolean removed = removals.get(removals.size() - 1);
                assertThat(moved).as("removal before operation %s", k).isNotEqualTo(removed);
                Optional<Integer> meant = own.current("champion").map(AliasMove::version);
                Optional<Integer> wanted = moved
                        ? Optional.of(2)
                        : own.history("champion").stream()
                                .map(AliasMove::version)
                                .filter(version -> version == 1)
                                .findFirst();
                assertThat(meant).as("removal before operation %s", k).isEqualTo(wanted);
                own.move("champion", 1, own.current("champion"), "next", "numbers go on");
                own.verify(own.resolve("champion"));
            }
            assertThat(removals)
                    .as("before its last operation nothing is promoted")
                    .isNotEmpty()
                    .doesNotContain(false);
        }
    }

    /** A promotion that dies at any operation, meets a removal that has looked at the aliases just before. */
    @Test
    void aPromotionThatDiesWhileItsVersionIsRemovedTearsNoAlias() {
        register(store, PLACE, "a");
        register(store, PLACE, "b");
        registry.move("champion", 1, Optional.empty(), "test", "");
        int deaths = operationsOfAPromotion(store.copy());
        int goneBack = 0;
        for (int death = 0; death < deaths; death++) {
            for (int pause = 0; pause < operations(store.copy()); pause++) {
                MemoryFileStore files = store.copy();
                MortalStore mortal = new MortalStore(files, death);
                ModelRegistry own = RegistryFixture.open(files, PLACE);
                files.pauseAt(pause, () -> promotes(RegistryFixture.open(mortal, PLACE)));
                boolean removed = new VersionRemoval(own, files).remove(own.version(2));

                new VersionRemoval(own, files).finishInterrupted();

                ModelVersion champion = own.resolve("champion");
                own.verify(champion);
                List<AliasMove> moves = own.history("champion");
                assertThat(moves.get(moves.size() - 1).version())
                        .as("death at %s, removal paused at %s: what readers of the moves alone find", death, pause)
                        .isEqualTo(champion.number());
                assertThat(removed && champion.number() == 2).isFalse();
                goneBack += moves.size() > 2 ? 1 : 0;
            }
        }

        assertThat(goneBack).isPositive();
    }

    @Test
    void aVersionThatIsRemovedWhileVersionsAreListedIsLeftOut() {
        register(store, PLACE, "a");
        ModelVersion doomed = register(store, PLACE, "b");
        FileStore looking = new MortalStore(store, Integer.MAX_VALUE) {
            @Override
            public List<FileEntry> list(Location folder) {
                List<FileEntry> listed = super.list(folder);
                if (folder.name().equals("versions")) {
                    removal.remove(doomed);
                }
                return listed;
            }
        };

        List<ModelVersion> seen = RegistryFixture.open(looking, PLACE).versions();

        assertThat(seen).extracting(ModelVersion::number).containsExactly(1);
    }

    @Test
    void aCrashAtAnyMomentIsPutRightByTheNextOne() {
        register(store, PLACE, "a");
        register(store, PLACE, "b");
        registry.move("champion", 1, Optional.empty(), "test", "");
        int operations = operations(store.copy());

        for (int k = 0; k < operations; k++) {
            MemoryFileStore files = store.copy();
            ModelRegistry own = RegistryFixture.open(files, PLACE);
            ModelVersion doomed = own.version(2);
            files.faultAt(k, Fault.CRASH_AFTER);
            assertThatThrownBy(() -> new VersionRemoval(own, files).remove(doomed))
                    .isInstanceOf(Crash.class)
                    .hasMessageContaining("died at");
            files.restart();

            VersionRemoval next = new VersionRemoval(own, files);
            next.finishInterrupted();
            own.versions().stream().filter(version -> version.number() == 2).forEach(next::remove);

            assertThat(own.versions()).extracting(ModelVersion::number).containsExactly(1);
            assertThat(files.list(PLACE))
                    .extracting(entry -> entry.location().name())
                    .containsExactly("aliases", "removed", "versions");
        }
    }

    @Test
    void theNewestWhatAnAliasNamedLatelyAndWhatItWouldRollBackToStay() {
        for (String run : List.of("a", "b", "c", "d", "e", "f")) {
            register(store, PLACE, run);
        }
        ModelRegistry longAgo = at(Duration.ofDays(-200));
        longAgo.move("champion", 1, Optional.empty(), "test", "");
        longAgo.move("champion", 2, longAgo.current("champion"), "test", "");
        at(Duration.ofDays(-50)).move("champion", 3, registry.current("champion"), "test", "");
        at(Duration.ofDays(-50)).move("canary", 4, Optional.empty(), "test", "");

        // v1 was named last 200 days ago, v2 until 50 days ago; v3 and v4 are named; v5 is nothing to anybody.
        assertThat(new VersionRetention(1, 90)
                        .staying(registry, RegistryFixture.NOON)
                        .keySet())
                .containsExactly(2, 3, 4, 6);
        assertThat(new VersionRetention(1, 10)
                        .staying(registry, RegistryFixture.NOON)
                        .keySet())
                .as("v2 is what champion would roll back to")
                .containsExactly(2, 3, 4, 6);
        assertThat(new VersionRetention(2, 365)
                        .staying(registry, RegistryFixture.NOON)
                        .keySet())
                .containsExactly(1, 2, 3, 4, 5, 6);
        assertThatThrownBy(() -> new VersionRetention(0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("At least the newest version stays");
    }

    private ModelRegistry at(Duration offset) {
        return new ModelRegistry(location -> store, PLACE, Clock.offset(RegistryFixture.CLOCK, offset));
    }

    private static boolean promotes(ModelRegistry own) {
        try {
            own.move("champion", 2, own.current("champion"), "promotion", "in between");
            return true;
        } catch (UnknownVersionException | MortalStore.Died refused) {
            return false;
        }
    }

    private static int operationsOfAPromotion(MemoryFileStore files) {
        files.faultAt(-1, Fault.FAIL);
        promotes(RegistryFixture.open(files, PLACE));
        return files.journal().size();
    }

    private static int operations(MemoryFileStore files) {
        ModelRegistry own = RegistryFixture.open(files, PLACE);
        ModelVersion version = own.version(2);
        files.faultAt(-1, Fault.FAIL);
        new VersionRemoval(own, files).remove(version);
        return files.journal().size();
    }
}
