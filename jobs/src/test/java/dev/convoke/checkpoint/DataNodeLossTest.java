package dev.convoke.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.storage.HadoopFileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.MiniHdfs;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.MiniDFSCluster.DataNodeProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One of three DataNodes goes while a checkpoint is written or read. More of it:
 * {@code -Dconvoke.chaos.data-nodes=100}.
 */
class DataNodeLossTest {

    private static final int LOSSES = Integer.getInteger("convoke.chaos.data-nodes", 2);
    private static final long SEED = Long.getLong("convoke.chaos.seed", 1);
    private static final int SLICES = 2;
    private static final int SLICE_VALUES = 1 << 20;

    private final Random random = new Random(SEED);

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void aCheckpointIsWrittenAndReadWhileADataNodeGoes() throws Exception {
        MiniDFSCluster hdfs = MiniHdfs.start(3);
        Location run = new Location(hdfs.getURI() + "/run");
        int whileWriting = 0;
        try (HadoopFileStore store = new HadoopFileStore(hdfs.getConfiguration(0))) {
            CheckpointStore checkpoints =
                    new CheckpointStore(store, run, CheckpointFixture.ownAndDie(store, run), Retention.DEFAULT);
            save(store, checkpoints, 0);
            for (int round = 1; round <= LOSSES; round++) {
                CompletableFuture<DataNodeProperties> loss =
                        loss(hdfs, random.nextInt(3), TimeUnit.MILLISECONDS.toMicros(random.nextInt(150)));
                save(store, checkpoints, round);
                whileWriting += loss.isDone() ? 1 : 0;

                Checkpoint newest =
                        new CheckpointReader(store, run).recover().newest().orElseThrow();

                assertThat(newest.header().roundsDone()).as("seed %s", SEED).isEqualTo(round);
                assertThat(CheckpointFixture.read(store, newest))
                        .as("round %s of seed %s", round, SEED)
                        .isEqualTo(state(round));
                hdfs.restartDataNode(loss.get(1, TimeUnit.MINUTES));
                hdfs.waitActive();
            }
        } finally {
            hdfs.shutdown();
        }
        System.out.printf(
                "%d losses of a DataNode, %d before the save had ended, seed %d: every checkpoint whole; 95 %% bound on "
                        + "the rate of failures %.4f%n",
                LOSSES, whileWriting, SEED, Math.min(1, 3.0 / LOSSES));
    }

    private static CompletableFuture<DataNodeProperties> loss(MiniDFSCluster hdfs, int dataNode, long micros) {
        return CompletableFuture.supplyAsync(
                () -> hdfs.stopDataNode(dataNode), CompletableFuture.delayedExecutor(micros, TimeUnit.MICROSECONDS));
    }

    private static void save(HadoopFileStore store, CheckpointStore checkpoints, int round) {
        float[] state = state(round);
        Location temporary = checkpoints.begin(round);
        List<SliceEntry> slices = new ArrayList<>();
        for (int i = 0; i < SLICES; i++) {
            FloatBuffer slice = FloatBuffer.wrap(state, i * SLICE_VALUES, SLICE_VALUES);
            slices.add(SliceFiles.write(store, temporary, i, i * SLICE_VALUES, slice));
        }
        checkpoints.commit(temporary, CheckpointFixture.header(round), slices);
    }

    private static float[] state(int round) {
        Random values = new Random(round);
        float[] state = new float[SLICES * SLICE_VALUES];
        for (int i = 0; i < state.length; i++) {
            state[i] = values.nextFloat();
        }
        return state;
    }
}
