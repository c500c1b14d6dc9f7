package dev.convoke.spark.rounds;

import dev.convoke.engine.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.storage.RDDBlockId;
import scala.collection.JavaConverters;

/**
 * Changes the last slice of a worker's finished result before it is averaged. A worker that has to wait for another to
 * finish does it.
 *
 * @param worker does it in its first step
 * @param done a file that is there afterwards: it happens once
 * @param shortened whether the slice gets a value too few; otherwise it goes away
 */
record ResultChange(int worker, String done, boolean shortened) implements FlakyKit.Failure {

    @Override
    public Replica.StepResult after(Replica replica, Replica.Step step, Replica.StepResult result) {
        if (TaskContext.getPartitionId() == worker && Files.notExists(Path.of(done))) {
            change();
            try {
                Files.createFile(Path.of(done));
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
        return result;
    }

    private void change() {
        // A round's results have the highest number: its averages are not there yet.
        RDDBlockId last =
                JavaConverters.seqAsJavaList(SparkEnv.get().blockManager().getMatchingBlockIds(id -> id.isRDD()))
                        .stream()
                        .map(id -> id.asRDDId().get())
                        .max(Comparator.comparingInt(RDDBlockId::rddId).thenComparing(RDDBlockId::splitIndex))
                        .orElseThrow();
        int values = (int) SparkEnv.get().blockManager().getStatus(last).get().memSize() / Float.BYTES;
        SparkEnv.get().blockManager().removeBlock(last, true);
        if (shortened) {
            SliceBlocks blocks = SliceBlocks.here();
            blocks.put(last.rddId(), last.splitIndex(), blocks.allocate(values - 1));
        }
    }
}
