package dev.convoke.engine.onednn;

import dev.convoke.engine.StateLayout;
import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes a replica's arrays as the state vector. One array at a time stands in a scratch area in DL4J's
 * order; the scratch area is whatever memory is free between steps.
 */
final class StateAccess {

    private final StateLayout layout;
    private final WeightStore store;
    private final Reorder reorder = new Reorder();
    private @Nullable NativeBlock own;
    private @Nullable NativeBlock lent;
    private @Nullable Tensor staged;
    private @Nullable Layout stagedPlain;
    private boolean isChanged;

    StateAccess(StateLayout layout, WeightStore store) {
        this.layout = layout;
        this.store = store;
    }

    /** Uses a block that is free between steps instead of one of its own. */
    void lend(NativeBlock block) {
        finish();
        lent = block;
        if (own != null) {
            own.close();
            own = null;
        }
    }

    void read(int offset, FloatBuffer target) {
        int position = offset;
        while (target.hasRemaining()) {
            Piece piece = pieceAt(position, target.remaining());
            if (piece.array() == null) {
                for (int i = 0; i < piece.count(); i++) {
                    target.put(0);
                }
            } else {
                target.put(values(piece.owner(), piece.array()).slice(piece.start(), piece.count()));
            }
            position += piece.count();
        }
    }

    void write(int offset, FloatBuffer source) {
        FloatBuffer rest = source.slice();
        int position = offset;
        while (rest.hasRemaining()) {
            Piece piece = pieceAt(position, rest.remaining());
            Tensor array = piece.array() == null ? piece.owner().momentum() : piece.array();
            FloatBuffer values = values(piece.owner(), array);
            values.slice(piece.start(), piece.count()).put(rest.slice().limit(piece.count()));
            isChanged |= staged != null && staged.region() == array.region();
            rest.position(rest.position() + piece.count());
            position += piece.count();
        }
        source.position(source.limit());
    }

    /** Brings what was written into the layout that steps compute in; the scratch area is free afterwards. */
    void finish() {
        if (staged != null && stagedPlain != null && isChanged) {
            reorder.run(
                    stagedPlain,
                    scratch(staged).at(0),
                    staged.layout(),
                    staged.region().address());
        }
        staged = null;
        isChanged = false;
    }

    void close() {
        if (own != null) {
            own.close();
        }
    }

    /** Part of an array; the array is null for a momentum that has not been needed yet, which is zero. */
    private record Piece(WeightArray owner, @Nullable Tensor array, int start, int count) {}

    private Piece pieceAt(int position, int most) {
        boolean inMomentum = position >= layout.parameterCount();
        List<WeightArray> arrays = store.arrays();
        for (WeightArray array : arrays) {
            int first = inMomentum
                    ? array.parameter().momentumOffset()
                    : array.parameter().segment().offset();
            int length = array.parameter().segment().length();
            if (first >= 0 && position >= first && position < first + length) {
                Tensor tensor = inMomentum ? (array.hasMomentum() ? array.momentum() : null) : array.values();
                return new Piece(array, tensor, position - first, Math.min(most, first + length - position));
            }
        }
        throw new IllegalArgumentException(
                "The state has " + layout.valueCount() + " values, asked for number " + position);
    }

    /** Returns an array in DL4J's order: in place if it stands so, else in the scratch area. */
    private FloatBuffer values(WeightArray owner, Tensor array) {
        Layout plain = owner.plain();
        if (array.layout().sameAs(plain)) {
            return NativeBlock.floats(array.region().address(), plain.count());
        }
        if (staged == null || staged.region() != array.region()) {
            finish();
            reorder.run(
                    array.layout(),
                    array.region().address(),
                    plain,
                    scratch(array).at(0));
            staged = array;
            stagedPlain = plain;
        }
        return NativeBlock.floats(scratch(array).at(0), plain.count());
    }

    private NativeBlock scratch(Tensor array) {
        long bytes = array.layout().count() * Float.BYTES;
        if (lent != null && lent.bytes() >= bytes) {
            return lent;
        }
        if (own == null || own.bytes() < bytes) {
            if (own != null) {
                own.close();
            }
            own = new NativeBlock(bytes);
        }
        return own;
    }
}
