package dev.convoke.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.convoke.registry.AliasMove;
import dev.convoke.registry.ModelRegistry;
import dev.convoke.registry.ModelVersion;
import dev.convoke.storage.LocalFileStore;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Thirty simulated nights on a growing dataset, each a process of its own as a scheduler starts it. Runs only when
 * asked for ({@code mvn test -Pnights}); one that was interrupted goes on where it was.
 */
class RetrainNightsTest {

    @Test
    void theServedModelOnlyGetsBetterOrStays() throws Exception {
        int nights = Integer.getInteger("convoke.nights", 0);
        assumeTrue(nights > 0, "The thirty nights take an hour: ask for them with -Pnights");
        NightsWorld world = new NightsWorld(System.getProperty("convoke.nights.folder"));
        long until = System.nanoTime() + Long.getLong("convoke.nights.seconds", 1_000_000L) * 1_000_000_000L;
        for (int night = world.nightsDone() + 1; night <= nights && System.nanoTime() < until; night++) {
            world.night(night);
        }
        List<NightLog.Line> lines = world.lines();
        NightClaims.check(lines);
        if (lines.size() >= 30) {
            assertThat(lines.get(lines.size() - 1).audit())
                    .as("thirty nights of images teach something")
                    .isGreaterThan(lines.get(0).audit());
        }
        noVersionIsLostAndNoAliasTorn(world);
        System.out.printf(Locale.ROOT, "%d of %d nights%n", lines.size(), nights);
    }

    /** The same without JUnit, for one who has its class path at hand. */
    public static void main(String[] arguments) throws Exception {
        new RetrainNightsTest().theServedModelOnlyGetsBetterOrStays();
        System.exit(0);
    }

    private static void noVersionIsLostAndNoAliasTorn(NightsWorld world) throws IOException {
        LocalFileStore store = new LocalFileStore();
        ModelRegistry registry = new ModelRegistry(location -> store, world.location("registry"));
        List<ModelVersion> versions = registry.versions();
        List<Integer> numbers = Stream.concat(
                        versions.stream().map(ModelVersion::number),
                        store.list(world.location("registry").child("removed")).stream()
                                .map(entry ->
                                        Integer.parseInt(entry.location().name().replaceAll("\\D", ""))))
                .sorted()
                .toList();
        // What the nights say they registered is there, and nothing else; no number is missing, the last one neither.
        assertThat(numbers).isEqualTo(world.registered());
        assertThat(numbers)
                .isEqualTo(IntStream.rangeClosed(1, numbers.size()).boxed().toList());
        versions.forEach(registry::verify);
        List<AliasMove> history = registry.history("champion");
        for (int i = 0; i < history.size(); i++) {
            assertThat(history.get(i).sequence()).isEqualTo(i + 1);
            assertThat(history.get(i).previous())
                    .isEqualTo(i == 0 ? 0 : history.get(i - 1).version());
        }
        assertThat(registry.resolve("champion").number())
                .isEqualTo(history.get(history.size() - 1).version());
    }
}
