package dev.convoke.chaos;

import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * After about two rounds in three does some harm, one at a time, some time into the next round; never twice after the
 * same round, which is trained again if its state was lost: a run gives up when that happens six times in a row.
 */
final class Saboteur implements RoundListener {

    private final Random random;
    private final Function<Random, Optional<Harm>> harms;
    private final List<String> done = new ArrayList<>();
    private int lastHurt = -1;
    private CompletableFuture<Void> current = CompletableFuture.completedFuture(null);

    /**
     * Something bad.
     *
     * @param name what the log calls it
     * @param work does it and, where it has an end, ends it
     */
    record Harm(String name, Runnable work) {}

    /**
     * Prepares what will happen in one run.
     *
     * @param harms draws what comes next, each time from as many random numbers; empty if nothing can be done now
     */
    Saboteur(Random random, Function<Random, Optional<Harm>> harms) {
        this.random = random;
        this.harms = harms;
    }

    @Override
    public void roundDone(RoundSummary summary) {
        boolean hurt = random.nextInt(3) > 0;
        int delay = random.nextInt(400);
        Optional<Harm> harm = harms.apply(random);
        if (hurt && summary.round().number() > lastHurt && current.isDone() && harm.isPresent()) {
            lastHurt = summary.round().number();
            done.add(harm.get().name() + " after round " + summary.round().number() + " and " + delay + " ms");
            current = CompletableFuture.runAsync(
                    harm.get().work(), CompletableFuture.delayedExecutor(delay, TimeUnit.MILLISECONDS));
        }
    }

    /** Returns how long something lasts: shorter or longer than the 8 s of Spark's patience in these drills. */
    static int lengthMillis(Random random) {
        return 300 + random.nextInt(random.nextBoolean() ? 2_000 : 12_000);
    }

    /** Returns what was done, once all of it is over. */
    List<String> done() {
        current.join();
        return List.copyOf(done);
    }

    /** Lets time pass. */
    static void last(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
