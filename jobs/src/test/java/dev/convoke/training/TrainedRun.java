package dev.convoke.training;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.storage.HadoopFileStores;
import dev.convoke.storage.Location;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;

/**
 * Everything of a finished training that must be equal to the bit, whoever ran it.
 *
 * @param rounds what each round reported, times left out
 * @param state the final state vector
 */
public record TrainedRun(List<String> rounds, FloatBuffer state) {

    public static final HadoopFileStores STORES = new HadoopFileStores(new Configuration());

    /** Trains from the start to the end, releasing each state as soon as the next is there. */
    public static TrainedRun of(RoundRunner runner, RunPlan plan, Path folder) {
        return from(runner, plan, runner.start(), folder);
    }

    /** Trains from a state to the end. */
    public static TrainedRun from(RoundRunner runner, RunPlan plan, RunState start, Path folder) {
        List<String> reports = new ArrayList<>();
        RunState state = start;
        for (int epoch = 0; epoch < plan.settings().epochs(); epoch++) {
            for (Round round : plan.rounds(epoch)) {
                if (round.number() >= start.roundsDone()) {
                    RoundResult result = runner.run(round, state);
                    runner.release(state);
                    state = result.state();
                    reports.add(report(round, result));
                }
            }
        }
        return new TrainedRun(reports, stateOf(runner, state, plan, folder));
    }

    /** Returns the values of a state, by way of a checkpoint in a new folder. */
    public static FloatBuffer stateOf(RoundRunner runner, RunState state, RunPlan plan, Path folder) {
        Location checkpoint =
                Location.parse(folder.resolve(UUID.randomUUID().toString()).toString());
        List<SliceEntry> entries = runner.save(state, checkpoint).slices();
        FloatBuffer values = FloatBuffer.allocate(new StateVector(
                        runner.layout(),
                        plan.settings().averaging(),
                        plan.settings().workers())
                .valueCount());
        StateRestore.read(STORES.of(checkpoint), checkpoint, entries, List.of(new StateRestore.Part(0, values)));
        return values;
    }

    private static String report(Round round, RoundResult result) {
        StringBuilder report = new StringBuilder("round " + round.number() + " apart " + result.divergence());
        for (RoundResult.WorkerReport worker : result.workers()) {
            report.append(" | ").append(worker.worker()).append(' ').append(worker.examples());
            report.append(' ').append(worker.lossSum()).append(' ').append(worker.correct());
        }
        return report.toString();
    }
}
