package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.registry.AliasMove;
import dev.convoke.registry.ModelVersion;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.spark.ClusterException;
import dev.convoke.spark.SharedSpark;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that die, fail or are stopped before and behind every step of a night. A night looks at the clock before it
 * begins a step and before it records one, and the registry before it writes: those are the moments.
 */
class NightCrashTest {

    private final JobGuard guard = JobGuard.over(SharedSpark.local());

    @TempDir
    private static Path place;

    private static Path folder;

    private SmallNights nights;

    /** The first night, once for all: each test begins with a copy of what it left. */
    @BeforeAll
    static void champion() throws IOException {
        folder = place.resolve("nights");
        SmallNights first = new SmallNights(folder);
        first.photographs("incoming", 0, 60);
        try (JobGuard guard = JobGuard.over(SharedSpark.local())) {
            assertThat(first.start("monday", Clock.systemUTC(), guard)).isZero();
        }
        assertThat(first.registry().resolve("champion").number()).isEqualTo(1);
        copy(folder, place.resolve("monday"));
    }

    @BeforeEach
    void tuesday() throws IOException {
        nights = new SmallNights(folder);
        nights.store.delete(Location.parse(folder.toString()));
        copy(place.resolve("monday"), folder);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }

    @AfterEach
    void unguard() {
        guard.close();
    }

    @Test
    void killedBeforeAndBehindEveryStepANightComesToTheSameEnd() throws IOException {
        nights.photographs("incoming", 60, 30);
        Set<String> moments = new LinkedHashSet<>();

        int looks = 1;
        int code = -1;
        for (int life = 0; code != 0; life++) {
            assertThat(life).as("processes so far; reached: %s", moments).isLessThan(80);
            try {
                code = nights.start("tuesday", new Events(looks, NightCrashTest::die), guard);
            } catch (Death death) {
                // Deeper and deeper until something is other than before; from there again from the first moment on.
                looks = moments.add(moment(nights.steps("tuesday"))) ? 2 : looks + 1;
            }
        }

        assertThat(moments)
                .contains(
                        "none, revision 1, champion 1 of 1",
                        "1-begin, revision 1, champion 1 of 1",
                        "2-find, revision 1, champion 1 of 1",
                        "2-find, revision 2, champion 1 of 1",
                        "3-ingest, revision 2, champion 1 of 1",
                        "4-examine, revision 2, champion 1 of 1",
                        "5-decide, revision 2, champion 1 of 1",
                        "6-train, revision 2, champion 1 of 1",
                        "7-judge, revision 2, champion 1 of 1",
                        "7-judge, revision 2, champion 1 of 2",
                        "8-register, revision 2, champion 1 of 2",
                        "8-register, revision 2, champion 2 of 2",
                        "9-promote, revision 2, champion 2 of 2");
        assertThat(nights.json("work/run.json").get("outcome").asText()).isEqualTo("promoted");
        assertThat(nights.registry().versions())
                .extracting(ModelVersion::number)
                .containsExactly(1, 2);
        assertThat(nights.registry().history("champion"))
                .extracting(AliasMove::version)
                .containsExactly(1, 2);
        assertThat(nights.registry().resolve("v000002").origin().parents()).containsExactly(1);
        assertThat(examples(nights.manifest())).isEqualTo(90);
        assertThat(folder.resolve("work/nights/tuesday/report.html")).exists();
    }

    /** The last step recorded, and what is there: what tells a step that is done from one that is not. */
    private String moment(List<String> steps) {
        String last = steps.isEmpty() ? "none" : steps.get(steps.size() - 1);
        return last + ", revision " + nights.manifest().history().revision() + ", champion "
                + nights.registry().resolve("champion").number() + " of "
                + nights.registry().versions().size();
    }

    @Test
    void askedToStopAtAnyStepItEndsThatOneWith143AndTheNextStartGoesOn() throws IOException {
        nights.photographs("incoming", 60, 30);

        Set<String> moments = new LinkedHashSet<>();
        int looks = 2;
        int code = -1;
        while (code != 0) {
            try (JobGuard asked = JobGuard.over(SharedSpark.local())) {
                code = nights.start("tuesday", new Events(looks, asked::requestStop), asked);
            }
            assertThat(code).isIn(0, ExitCode.STOPPED.number());
            if (code != 0) {
                assertThat(nights.json("work/run.json").get("status").asText()).isEqualTo("stopped");
                assertThat(nights.json("work/run.json").get("exit_code").asInt())
                        .isEqualTo(143);
                assertThat(new Nights(nights.store, nights.location("work")).unfinished())
                        .contains("tuesday");
            }
            looks = moments.add(moment(nights.steps("tuesday"))) ? 2 : looks + 1;
            assertThat(looks).as("reached: %s", moments).isLessThan(20);
        }

        // What was begun when it was asked is done and recorded; nothing more.
        assertThat(moments)
                .containsExactly(
                        "1-begin, revision 1, champion 1 of 1",
                        "2-find, revision 1, champion 1 of 1",
                        "3-ingest, revision 2, champion 1 of 1",
                        "4-examine, revision 2, champion 1 of 1",
                        "5-decide, revision 2, champion 1 of 1",
                        "6-train, revision 2, champion 1 of 1",
                        "7-judge, revision 2, champion 1 of 1",
                        "8-register, revision 2, champion 1 of 2",
                        "9-promote, revision 2, champion 2 of 2");
        assertThat(nights.registry().history("champion"))
                .extracting(AliasMove::version)
                .containsExactly(1, 2);
    }

    @Test
    void whatTheClusterDoesOutsideTrainingIsToldAsTheClustersAndTheNightGoesOn() throws IOException {
        nights.photographs("incoming", 60, 30);

        assertThatThrownBy(() -> nights.start("tuesday", new Events(8, NightCrashTest::loseExecutors), guard))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("lost its executor again and again")
                .hasMessageContaining("spark.executor.memoryOverhead");

        assertThat(nights.steps("tuesday")).endsWith("3-ingest");
        assertThat(nights.json("work/run.json").get("status").asText()).isEqualTo("failed");
        assertThat(nights.json("work/run.json").get("exit_code").asInt()).isEqualTo(4);
        assertThat(new Nights(nights.store, nights.location("work")).unfinished())
                .contains("tuesday");
    }

    @Test
    void wrongLabelsAreHeldBackThoughTheProcessDiesAndTakenInOnlyWhenSomebodySaysSo() throws IOException {
        nights = new SmallNights(folder, "additions.largest_drop=0", "additions.smallest_examples=5");
        ShardManifest before = nights.manifest();
        nights.mislabelled(60, 30);

        // Look 9: the dataset is what it was, and that is not recorded yet.
        assertThatThrownBy(() -> nights.start("tuesday", new Events(9, NightCrashTest::die), guard))
                .isInstanceOf(Death.class)
                .hasMessage("killed");
        assertThat(nights.steps("tuesday")).endsWith("3-ingest");
        assertThat(nights.manifest()).isEqualTo(before);
        assertThat(nights.start("tuesday", Clock.systemUTC(), guard)).isZero();

        assertThat(nights.json("work/run.json").get("outcome").asText()).isEqualTo("kept");
        assertThat(nights.json("work/run.json").get("message").asText()).contains("the new images were held back");
        assertThat(nights.manifest()).isEqualTo(before);
        assertThat(nights.start("wednesday", Clock.systemUTC(), guard)).isZero();
        assertThat(nights.json("work/nights/wednesday/steps/2-find.json")
                        .get("new")
                        .asInt())
                .isZero();
        Night.Wishes takesAll = new Night.Wishes(false, true, Takeover.FROM_THE_DEAD, Watch.on(SmallNights.console()));
        assertThat(nights.start("thursday", Clock.systemUTC(), guard, takesAll)).isZero();
        assertThat(examples(nights.manifest())).isEqualTo(90);
        assertThat(nights.json("work/run.json").get("outcome").asText()).isEqualTo("promoted");
    }

    @Test
    void whatSomebodyElseAddsMeanwhileIsNeitherLostNorTakenTwiceNorRolledBack() throws IOException {
        nights = new SmallNights(folder, "additions.largest_drop=0", "additions.smallest_examples=5");
        nights.mislabelled(60, 30);
        Night.Wishes wishes = new Night.Wishes(false, false, Takeover.FROM_THE_DEAD, Watch.on(SmallNights.console()));
        Night night = nights.night("tuesday", Clock.systemUTC(), guard, wishes);
        NightData data = new NightData(night);
        data.begin();
        data.find();
        // Five that this night has not, and five that it has just listed.
        nights.photographs("theirs", 200, 5);
        nights.photographs("theirs", 60, 5);
        nights.somebodyAdds("theirs");

        int revision = data.ingest().integer("revision");

        assertThat(revision).isEqualTo(3);
        assertThat(examples(nights.manifest())).isEqualTo(60 + 10 + 25);

        nights.photographs("more", 300, 5);
        nights.somebodyAdds("more");
        assertThatThrownBy(data::examine)
                .isInstanceOf(UnusableSourceException.class)
                .hasMessageContaining("The labels of revision 3")
                .hasMessageContaining("somebody has added revision 4")
                .hasMessageContaining("--take-held-back");
        assertThat(examples(nights.manifest())).isEqualTo(60 + 10 + 25 + 5);
    }

    private static long examples(ShardManifest manifest) {
        return manifest.splits().stream()
                .mapToLong(ShardManifest.SplitSummary::examples)
                .sum();
    }

    private static final class Death extends Error {
        Death() {
            super("killed");
        }
    }

    private static void die() {
        throw new Death();
    }

    private static void loseExecutors() {
        // Spark throws its checked exception undeclared.
        NightCrashTest.<RuntimeException>sneak(
                new SparkException("Job aborted due to stage failure: Task 0 in stage 3.0"
                        + " failed 4 times, most recent failure: Lost task 0.3 in stage 3.0 (TID 9): ExecutorLostFailure"
                        + " (executor 5 exited) Reason: Command exited with code 137"));
    }

    @SuppressWarnings("unchecked")
    private static <E extends Exception> void sneak(Exception thrown) throws E {
        throw (E) thrown;
    }

    /** A clock that lets something happen when it is looked at for the n-th time, counted from 1. */
    private static final class Events extends Clock {

        private final int when;
        private final Runnable event;
        private int looks;

        Events(int when, Runnable event) {
            this.when = when;
            this.event = event;
        }

        @Override
        public Instant instant() {
            looks++;
            if (looks == when) {
                event.run();
            }
            return Instant.now();
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
