package dev.convoke.spark.rounds;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockData;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.RDDBlockId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.util.io.ChunkedByteBuffer;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.reflect.ClassTag;

/**
 * Slices as blocks of Spark's block manager, seen from the process this runs in: raw little-endian float32 values. The
 * blocks carry the number of an RDD of ours, so that unpersisting the RDD frees them everywhere. They spill to the
 * executor's disk when its memory is short.
 */
final class SliceBlocks {

    private final BlockManager manager;
    private final boolean offHeap;

    private SliceBlocks(BlockManager manager, boolean offHeap) {
        this.manager = manager;
        this.offHeap = offHeap;
    }

    /** Returns the blocks of the executor, or the driver, that this is called on. */
    static SliceBlocks here() {
        SparkEnv env = SparkEnv.get();
        return new SliceBlocks(env.blockManager(), env.conf().getBoolean("spark.memory.offHeap.enabled", false));
    }

    static BlockId name(int space, int index) {
        return new RDDBlockId(space, index);
    }

    /** Returns the values of little-endian bytes, from the first to the last. */
    static FloatBuffer floats(ByteBuffer bytes) {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }

    /**
     * Returns memory for one block, to be filled and then {@link #put}. Its content is undefined. Outside the heap if
     * Spark may keep blocks there: then nothing of the state is ever the collector's work, and a block's memory is free
     * the moment the block is.
     */
    ByteBuffer allocate(int values) {
        return allocateBytes(Math.multiplyExact(values, Float.BYTES));
    }

    /** Returns the same for a block of bytes. */
    ByteBuffer allocateBytes(int bytes) {
        return offHeap ? Platform.allocateDirectBuffer(bytes) : ByteBuffer.allocate(bytes);
    }

    /** Returns the address of this process's blocks. */
    BlockManagerId home() {
        return manager.blockManagerId();
    }

    /** Returns Spark's transport between executors. */
    org.apache.spark.network.BlockTransferService transport() {
        return manager.blockTransferService();
    }

    /**
     * Keeps a block here. If an earlier attempt at the same task has put it already, that one stays: its bytes are the
     * same.
     *
     * @param bytes owned by the block from now on
     */
    void put(int space, int index, ByteBuffer bytes) {
        ClassTag<Object> tag = ClassTag.apply(Object.class);
        boolean kept = manager.putBytes(
                name(space, index),
                new ChunkedByteBuffer(bytes),
                offHeap ? StorageLevel.OFF_HEAP() : StorageLevel.MEMORY_AND_DISK_SER(),
                false,
                tag);
        if (!kept) {
            throw new IllegalStateException("Executor " + home().executorId() + " has no room for " + bytes.capacity()
                    + " bytes of state, neither in memory nor on disk: raise "
                    + (offHeap ? "spark.memory.offHeap.size" : "spark.executor.memory")
                    + " or free spark.local.dir");
        }
    }

    /** Returns whether a block is in this process. */
    boolean isHere(int space, int index) {
        return manager.getStatus(name(space, index)).isDefined();
    }

    /** Opens a block that is here; null if it is not. */
    @Nullable
    Local openOrNull(int space, int index) {
        BlockId name = name(space, index);
        Option<BlockData> data = manager.getLocalBytes(name);
        return data.isDefined() ? new Local(name, data.get()) : null;
    }

    /** A block of this process, locked against removal until closed. */
    final class Local implements AutoCloseable {

        private final BlockId name;
        private final BlockData data;

        private Local(BlockId name, BlockData data) {
            this.name = name;
            this.data = data;
        }

        ByteBuffer bytes() {
            return data.toByteBuffer();
        }

        @Override
        public void close() {
            manager.releaseLockAndDispose(name, data, Option.empty());
        }
    }
}
