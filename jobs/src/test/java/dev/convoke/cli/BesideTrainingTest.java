package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.metrics.ProcessMemory;
import dev.convoke.storage.StorageException;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class BesideTrainingTest {

    private static final RunPlan PLAN = Plans.of(1, 8, 32, 1);

    private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong used = new AtomicLong();

    @Test
    void nobodyWaitsForARoundThatIsBeingWrittenUntilTheNextOneIsDone() {
        CountDownLatch disk = new CountDownLatch(1);
        try (BesideTraining beside = beside(summary -> await(disk))) {
            beside.roundDone(round(0));
            beside.wentBack(1, 0);
            assertThat(heard).isEmpty();
            Thread next = new Thread(() -> beside.roundDone(round(1)));

            next.start();
            assertThat(endsWithin(next, 200)).isFalse();
            disk.countDown();
            assertThat(endsWithin(next, 10_000)).isTrue();
        }

        assertThat(heard).containsExactly("round 0", "went back from 1", "round 1");
    }

    @Test
    void everythingToldIsDoneOnceItIsSettled() {
        try (BesideTraining beside = beside(summary -> {})) {
            beside.started(PLAN, 0);
            beside.roundDone(round(0));
            beside.later(() -> heard.add("sheet"));

            beside.settle();

            assertThat(heard).containsExactly("started", "round 0", "sheet");
        }
    }

    @Test
    void aFailureMeetsTheNextRoundAndWhatFollowedItIsLeftOut() {
        BesideTraining beside = beside(summary -> {
            throw new StorageException("disk full", new IOException("no space"));
        });
        beside.roundDone(round(0));
        beside.wentBack(1, 0);

        assertThatThrownBy(() -> beside.roundDone(round(1)))
                .isInstanceOf(StorageException.class)
                .hasMessage("disk full");
        beside.close();

        assertThat(heard).isEmpty();
    }

    @Test
    void aFailureNobodyHasHeardMeetsTheEnd() {
        BesideTraining beside = beside(summary -> {
            throw new StorageException("disk full", new IOException("no space"));
        });
        beside.roundDone(round(0));

        assertThatThrownBy(beside::close).isInstanceOf(StorageException.class).hasMessage("disk full");
    }

    @Test
    void linesLoggedBesideCarryTheKeysOfTheirEvent() {
        AtomicReference<Map<String, String>> keys = new AtomicReference<>();
        MDC.put("run", "r1");
        try (BesideTraining beside = beside(summary -> keys.set(MDC.getCopyOfContextMap()))) {
            beside.roundDone(round(0));
        } finally {
            MDC.remove("run");
        }

        assertThat(keys.get()).containsEntry("run", "r1");
    }

    @Test
    void theProcessorTimeOfTheWorkIsTold() {
        AtomicLong worked = new AtomicLong();
        try (BesideTraining beside = beside(summary -> worked.set(workMillis(50)))) {
            beside.roundDone(round(0));
        }

        assertThat(worked).hasPositiveValue();
        assertThat(used.get()).isGreaterThanOrEqualTo(worked.get());
    }

    private BesideTraining beside(Consumer<RoundSummary> onRound) {
        RoundListener listener = new RoundListener() {
            @Override
            public void started(RunPlan plan, int roundsDone) {
                heard.add("started");
            }

            @Override
            public void roundDone(RoundSummary summary) {
                onRound.accept(summary);
                heard.add("round " + summary.round().number());
            }

            @Override
            public void wentBack(int fromRound, int toRound) {
                heard.add("went back from " + fromRound);
            }
        };
        return new BesideTraining(List.of(listener), used::addAndGet);
    }

    private static RoundSummary round(int number) {
        return new RoundSummary(PLAN.round(number), List.of(), 0, 0, ProcessMemory.UNKNOWN, Map.of(), 0.1, 0, 1);
    }

    /** Returns the processor time, in nanoseconds, that was used up. */
    private static long workMillis(long millis) {
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        long now = start;
        while (now - start < millis * 1_000_000) {
            now = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        }
        return now - start;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean endsWithin(Thread thread, long millis) {
        try {
            thread.join(millis);
            return !thread.isAlive();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
