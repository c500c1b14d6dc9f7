package dev.convoke.spark.rounds;

import dev.convoke.engine.Replica;
import dev.convoke.spark.rounds.SliceStream.Lent;
import dev.convoke.spark.rounds.SliceStream.Wanted;
import dev.convoke.training.DeltaCodec;
import dev.convoke.training.DeltaCodec.Change;
import dev.convoke.training.Round;
import dev.convoke.training.Slice;
import dev.convoke.training.SliceAverager.Values;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A worker's results where they are sent rounded: leaves the rounded changes for the owners, and what rounding lost for
 * the worker's next round. Both stay on the worker's executor.
 */
final class RoundedResults {

    private static final Values ZEROS = (target, length) -> Arrays.fill(target, 0, length, 0f);

    private final Residents residents;
    private final SliceBlocks blocks;
    private final StateHandle state;
    private final ShareTask.Spaces spaces;
    private final List<Slice> slices;

    RoundedResults(Residents residents, SliceBlocks blocks, StateHandle state, ShareTask.Spaces spaces) {
        this.residents = residents;
        this.blocks = blocks;
        this.state = state;
        this.spaces = spaces;
        this.slices = residents.owners().slices().stream()
                .filter(residents.vector()::isParameters)
                .toList();
    }

    /**
     * Leaves a result.
     *
     * @param started the parameters that the worker started from
     * @return how many bytes came from another executor, because the worker has moved
     */
    long leave(Round round, int worker, Replica replica, FloatBuffer started) {
        DeltaCodec codec = residents.newCodec();
        FloatBuffer result = FloatBuffer.allocate(
                slices.stream().mapToInt(Slice::length).max().orElse(0));
        try (SliceStream stream = new SliceStream(blocks, wanted(worker))) {
            for (Slice slice : slices) {
                replica.readState(slice.offset(), result.clear().limit(slice.length()));
                ByteBuffer rounded = blocks.allocateBytes(codec.byteCount(slice));
                ByteBuffer lost = blocks.allocate(slice.length());
                try (Lent lostBefore = lostNothingYet() ? null : stream.next()) {
                    Change change = new Change(
                            Values.of(started.slice(slice.offset(), slice.length())),
                            Values.of(result.flip()),
                            lostBefore == null ? ZEROS : lostBefore,
                            SliceBlocks.floats(lost));
                    codec.encode(round, worker, slice, change, rounded.duplicate());
                }
                int index = worker * residents.owners().slices().size() + slice.index();
                blocks.put(spaces.results(), index, rounded);
                blocks.put(spaces.residuals(), residents.owners().residualIndex(worker, slice), lost);
            }
            return stream.remoteBytes();
        }
    }

    /** Hands on what rounding lost of an idle worker's results; returns how many bytes came from another executor. */
    long carry(int worker) {
        try (SliceStream stream = new SliceStream(blocks, wanted(worker))) {
            for (Slice slice : slices) {
                ByteBuffer same = blocks.allocate(slice.length());
                FloatBuffer values = SliceBlocks.floats(same);
                if (lostNothingYet()) {
                    values.put(new float[slice.length()]);
                } else {
                    try (Lent lent = stream.next()) {
                        lent.read(values, slice.length());
                    }
                }
                blocks.put(spaces.residuals(), residents.owners().residualIndex(worker, slice), same);
            }
            return stream.remoteBytes();
        }
    }

    private boolean lostNothingYet() {
        return state.residuals().homes().isEmpty();
    }

    private List<Wanted> wanted(int worker) {
        if (lostNothingYet()) {
            return List.of();
        }
        return slices.stream()
                .map(slice -> state.residuals()
                        .wanted(slice.length(), residents.owners().residualIndex(worker, slice), worker))
                .toList();
    }
}
