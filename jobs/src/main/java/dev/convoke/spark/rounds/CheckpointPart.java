package dev.convoke.spark.rounds;

import dev.convoke.training.Slice;
import dev.convoke.training.StateVector;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * One file of a checkpoint: neighbouring slices of one owner, so that files are few and their writer has them at hand.
 *
 * @param index number of the file
 * @param owner who writes it; behind the owners come the workers, each for what rounding lost of its results
 * @param offset first value in the state vector
 * @param blocks the blocks that follow each other in it
 */
record CheckpointPart(int index, int owner, int offset, List<Block> blocks) implements Serializable {

    /** 64 MB. */
    private static final int VALUES_IN_A_FILE = 1 << 24;

    /**
     * A block of the state.
     *
     * @param length how many values it has
     * @param content what they are
     */
    record Block(int index, int length, Content content) implements Serializable {}

    /** What a block holds: some kinds may be all zero and have no blocks. */
    enum Content {
        PARAMETERS,
        UPDATER,
        OUTER_MOMENTUM,
        RESIDUALS
    }

    CheckpointPart {
        blocks = List.copyOf(blocks);
    }

    /** Returns how many values the file has. */
    int length() {
        return blocks.stream().mapToInt(Block::length).sum();
    }

    /** Returns the files of a whole state, in the order of the state vector. */
    static List<CheckpointPart> of(StateVector vector, SliceOwners owners) {
        List<CheckpointPart> parts = new ArrayList<>();
        for (int owner = 0; owner < owners.count(); owner++) {
            add(
                    parts,
                    owner,
                    owners.of(owner),
                    slice -> new Place(
                            slice.index(),
                            slice.offset(),
                            vector.isParameters(slice) ? Content.PARAMETERS : Content.UPDATER));
        }
        for (int owner = 0; owner < owners.count(); owner++) {
            List<Slice> slices =
                    owners.of(owner).stream().filter(vector::hasOuterMomentum).toList();
            add(
                    parts,
                    owner,
                    slices,
                    slice -> new Place(
                            owners.momentumIndex(slice), vector.outerMomentumOffset(slice), Content.OUTER_MOMENTUM));
        }
        for (int worker = 0; vector.hasResiduals() && worker < owners.workers(); worker++) {
            int whose = worker;
            List<Slice> slices =
                    owners.slices().stream().filter(vector::isParameters).toList();
            add(
                    parts,
                    owners.count() + worker,
                    slices,
                    slice -> new Place(
                            owners.residualIndex(whose, slice),
                            vector.residualOffset(whose, slice),
                            Content.RESIDUALS));
        }
        return parts;
    }

    /** Which block holds something of a slice, and where it stands in the state vector. */
    private record Place(int block, int offset, Content content) {}

    private static void add(List<CheckpointPart> parts, int owner, List<Slice> slices, Function<Slice, Place> places) {
        List<Block> blocks = new ArrayList<>();
        int length = 0;
        for (int i = 0; i < slices.size(); i++) {
            Slice slice = slices.get(i);
            Place place = places.apply(slice);
            blocks.add(new Block(place.block, slice.length(), place.content));
            length += slice.length();
            if (i + 1 == slices.size() || length + slices.get(i + 1).length() > VALUES_IN_A_FILE) {
                int end = place.offset + slice.length();
                parts.add(new CheckpointPart(parts.size(), owner, end - length, blocks));
                blocks = new ArrayList<>();
                length = 0;
            }
        }
    }
}
