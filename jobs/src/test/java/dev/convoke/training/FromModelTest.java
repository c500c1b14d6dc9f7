package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.training.Averaging.OuterOptimizer;
import dev.convoke.training.Averaging.UpdaterPolicy;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class FromModelTest {

    private static final FakeKit KIT = new FakeKit(List.of(17, 30), SoftmaxReplica.Options.MOMENTUM);
    private static final RunPlan PLAN = new RunPlan(
            new TrainingSettings(
                    23,
                    2,
                    2,
                    2,
                    new Averaging(AveragingSchedule.every(2), UpdaterPolicy.AVERAGE, new OuterOptimizer(0.9, 0.5)),
                    LearningRate.constant(0.1),
                    0,
                    20),
            47);

    private final MemoryFileStore store = new MemoryFileStore();
    private final FileStores stores = location -> store;

    @Test
    void aRunBeginsWithTheGivenParametersAndZerosBehindThem() {
        int parameters = KIT.layout().parameterCount();
        FloatBuffer given = FloatBuffer.allocate(parameters);
        for (int i = 0; i < parameters; i++) {
            given.put(i, i + 0.5f);
        }
        Location initial = MemoryFileStore.root().child("initial");
        Location saved = MemoryFileStore.root().child("saved");
        List<SliceEntry> slices = WholeState.save(stores, initial, given);
        int values = new StateVector(KIT.layout(), PLAN.settings().averaging(), 1).valueCount();

        FloatBuffer start;
        try (RoundRunner runner = new FromModel(new InProcessRoundRunner(KIT, PLAN, 1, stores), initial, slices)) {
            RunState state = runner.start();
            assertThat(state.roundsDone()).isZero();
            start = WholeState.restore(stores, saved, runner.save(state, saved).slices(), values);
        }

        assertThat(start.slice(0, parameters)).isEqualTo(given);
        assertThat(start.slice(parameters, values - parameters)).isEqualTo(FloatBuffer.allocate(values - parameters));
        assertThat(values).isGreaterThan(parameters);
    }
}
