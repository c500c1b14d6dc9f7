package dev.convoke.bench.checkpoint;

import com.sun.management.OperatingSystemMXBean;
import dev.convoke.bench.NetworkKit;
import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.training.InProcessRoundRunner;
import dev.convoke.training.RunPlan;
import dev.convoke.training.RunState;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Rounds of one worker, really trained, with or without a checkpoint of the state before written beside them. */
final class TrainedRounds implements AutoCloseable {

    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final Path folder;
    private final OwnedRun run;
    private final RunPlan plan;
    private final InProcessRoundRunner runner;
    private RunState state;

    /**
     * What a round took.
     *
     * @param millis from its beginning until the next one may begin
     * @param processorSeconds of the whole process
     */
    record Cost(double millis, double processorSeconds) {}

    TrainedRounds(Path folder, NetworkKit kit) throws IOException {
        this.folder = Files.createDirectories(folder);
        LocalFileStore store = new LocalFileStore();
        this.run = new OwnedRun(store, Location.parse(folder.toString()));
        this.plan = kit.plan();
        this.runner = new InProcessRoundRunner(kit, plan, Runtime.getRuntime().availableProcessors(), place -> store);
        this.state = runner.start();
    }

    Cost alone() {
        return cost(this::train);
    }

    Cost besideCheckpoint() {
        return cost(() -> {
            RunState saved = state;
            Location temporary = run.begin(saved.roundsDone());
            runner.startSaving(saved, temporary);
            train();
            List<SliceEntry> slices = runner.save(saved, temporary).slices();
            run.commit(temporary, saved.roundsDone(), runner.layout(), slices);
        });
    }

    @Override
    public void close() {
        runner.close();
        run.close();
        PageCache.delete(folder);
    }

    private void train() {
        RunState before = state;
        state = runner.run(plan.round(before.roundsDone()), before).state();
        runner.release(before);
    }

    private static Cost cost(Runnable round) {
        long started = System.nanoTime();
        long processor = PROCESS.getProcessCpuTime();
        round.run();
        return new Cost((System.nanoTime() - started) / 1e6, (PROCESS.getProcessCpuTime() - processor) / 1e9);
    }
}
