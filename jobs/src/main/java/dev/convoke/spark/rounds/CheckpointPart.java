package dev.convoke.spark.rounds;

import dev.convoke.training.Slice;
import dev.convoke.training.StateVector;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * One file of a checkpoint: neighbouring slices of one owner, so that files are few and their writer has them at hand.
 *
 * @param index number of the file
 * @param owner who writes it
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
     * @param updater whether they are updater state, which may be zero and have no block
     */
    record Block(int index, int length, boolean updater) implements Serializable {}

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
            add(parts, owner, owners.of(owner), vector, new Shift(0, 0));
        }
        for (int owner = 0; owner < owners.count(); owner++) {
            List<Slice> slices =
                    owners.of(owner).stream().filter(vector::hasOuterMomentum).toList();
            Shift behind = new Shift(owners.slices().size(), vector.layout().valueCount());
            add(parts, owner, slices, vector, behind);
        }
        return parts;
    }

    /** How far behind the slices themselves something of theirs stands. */
    private record Shift(int block, int offset) {}

    private static void add(
            List<CheckpointPart> parts, int owner, List<Slice> slices, StateVector vector, Shift shift) {
        List<Block> blocks = new ArrayList<>();
        int length = 0;
        for (int i = 0; i < slices.size(); i++) {
            Slice slice = slices.get(i);
            blocks.add(new Block(shift.block + slice.index(), slice.length(), !vector.isParameters(slice)));
            length += slice.length();
            if (i + 1 == slices.size() || length + slices.get(i + 1).length() > VALUES_IN_A_FILE) {
                parts.add(new CheckpointPart(parts.size(), owner, shift.offset + slice.end() - length, blocks));
                blocks = new ArrayList<>();
                length = 0;
            }
        }
    }
}
