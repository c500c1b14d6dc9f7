package dev.convoke.spark.rounds;

import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.BlockManagerId;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag;

/** An RDD with the content of another, whose partitions say on which executor they would rather be computed. */
final class PlacedRdd<T> extends RDD<T> {

    private final RDD<T> parent;
    private final List<String> places;

    /**
     * Places an RDD.
     *
     * @param places for each partition an executor as {@link #place} names it, or an empty text for none
     */
    PlacedRdd(RDD<T> parent, List<String> places) {
        super(parent, ClassTag.apply(Object.class));
        this.parent = parent;
        this.places = List.copyOf(places);
    }

    /** Returns an executor in the form Spark's scheduler understands. */
    static String place(BlockManagerId executor) {
        return "executor_" + executor.host() + "_" + executor.executorId();
    }

    /** Spark's own level of logging counts for what Spark logs about this RDD. */
    @Override
    public String logName() {
        return RDD.class.getName();
    }

    @Override
    public Iterator<T> compute(Partition partition, TaskContext task) {
        return parent.iterator(partition, task);
    }

    @Override
    public Partition[] getPartitions() {
        return parent.partitions();
    }

    @Override
    public Seq<String> getPreferredLocations(Partition partition) {
        String place = places.get(partition.index());
        return JavaConverters.asScalaBuffer(place.isEmpty() ? List.of() : List.of(place));
    }
}
