package dev.convoke.training;

import static dev.convoke.training.Acceptance.allFinite;
import static dev.convoke.training.Acceptance.firstNotFinite;

import dev.convoke.training.Averaging.Exchange;
import dev.convoke.training.SliceAverager.Values;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns a slice of a worker's result into fewer bytes: the change of each parameter in the round, rounded to bfloat16,
 * or to int8 with one scale for 1,024 values. What rounding loses is added to the worker's next change, so that it is
 * late but not lost (error feedback: Seide et al. 2014; Karimireddy et al. 2019). Batch-norm statistics go as they are.
 *
 * <p>The bytes, little-endian: for each run of values between batch-norm statistics, tiles of up to 1,024 values: in
 * int8 a float32 scale, then a byte each; in bfloat16 two bytes each. For statistics, float32 values. Not thread-safe.
 */
public final class DeltaCodec {

    /** Values that share a scale. */
    static final int TILE = 1024;

    private static final int LARGEST = 127;

    private final StateVector vector;
    private final Exchange exchange;
    private final float[] base = new float[TILE];
    private final float[] delta = new float[TILE];
    private final float[] residual = new float[TILE];
    private final byte[] bytes = new byte[TILE * Float.BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

    /** Bytes that are read once, from front to back. */
    public interface Encoded {

        /** Reads the next {@code length} bytes into {@code target}, from index 0 on. */
        void read(byte[] target, int length);
    }

    /**
     * What becomes of a slice in a worker's round.
     *
     * @param before the parameters it started from
     * @param after its result
     * @param residual what rounding lost of its results so far
     * @param newResidual receives what it has lost now, by absolute index
     */
    public record Change(Values before, Values after, Values residual, FloatBuffer newResidual) {}

    private record Run(int from, int to, boolean statistics) {}

    /** Makes a codec for parameters of a run whose workers send their results rounded. */
    public DeltaCodec(StateVector vector, Exchange exchange) {
        this.vector = vector;
        this.exchange = exchange;
    }

    /** Returns how many bytes a slice becomes. */
    public int byteCount(Slice slice) {
        int count = 0;
        for (Run run : runs(slice)) {
            int values = run.to - run.from;
            int tiles = (values + TILE - 1) / TILE;
            if (run.statistics) {
                count += values * Float.BYTES;
            } else if (exchange == Exchange.INT8) {
                count += tiles * Float.BYTES + values;
            } else {
                count += values * Short.BYTES;
            }
        }
        return count;
    }

    /**
     * Encodes a slice.
     *
     * @param target receives {@link #byteCount} bytes, from its position on
     * @throws TrainingDivergedException if a value of the result, or its change, is not finite
     */
    public void encode(Round round, int worker, Slice slice, Change change, ByteBuffer target) {
        for (Run run : runs(slice)) {
            for (int start = run.from; start < run.to; start += TILE) {
                int length = Math.min(TILE, run.to - start);
                change.before.read(base, length);
                change.after.read(delta, length);
                change.residual.read(residual, length);
                buffer.clear();
                if (run.statistics) {
                    buffer.asFloatBuffer().put(delta, 0, length);
                    Arrays.fill(residual, 0, length, 0f);
                    buffer.position(length * Float.BYTES);
                } else {
                    for (int i = 0; i < length; i++) {
                        delta[i] = delta[i] - base[i] + residual[i];
                    }
                    round(length);
                }
                if (!allFinite(delta, length)) {
                    throw Acceptance.notFinite(round, worker, slice.offset() + start + firstNotFinite(delta, length));
                }
                change.newResidual.put(start, residual, 0, length);
                target.put(bytes, 0, buffer.position());
            }
        }
    }

    /**
     * Returns what the owner of a slice averages: what the worker started from, plus its rounded change.
     *
     * @param before the parameters the worker started from
     */
    public Values decode(Slice slice, Values before, Encoded encoded) {
        return new Decoded(runs(slice), before, encoded);
    }

    /** Rounds the tile's changes into the buffer, and sets the residuals. */
    private void round(int length) {
        if (exchange == Exchange.INT8) {
            roundToInt8(length);
        } else {
            for (int i = 0; i < length; i++) {
                short rounded = toBfloat16(delta[i]);
                buffer.putShort(rounded);
                residual[i] = delta[i] - fromBfloat16(rounded);
            }
        }
    }

    private void roundToInt8(int length) {
        float largest = 0;
        for (int i = 0; i < length; i++) {
            largest = Math.max(largest, Math.abs(delta[i]));
        }
        float scale = largest / LARGEST;
        buffer.putFloat(scale);
        for (int i = 0; i < length; i++) {
            // A scale that is no normal number may be too small by half.
            int rounded = scale == 0 ? 0 : (int) Math.rint(delta[i] / scale);
            rounded = Math.max(-LARGEST, Math.min(LARGEST, rounded));
            buffer.put((byte) rounded);
            residual[i] = delta[i] - rounded * scale;
        }
    }

    private static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    private static float fromBfloat16(short value) {
        return Float.intBitsToFloat(value << 16);
    }

    private List<Run> runs(Slice slice) {
        List<Run> runs = new ArrayList<>();
        int from = 0;
        for (StateVector.Statistics statistics : vector.statisticsIn(slice)) {
            int mean = statistics.mean() - slice.offset();
            int end = statistics.end() - slice.offset();
            runs.add(new Run(from, mean, false));
            runs.add(new Run(mean, end, true));
            from = end;
        }
        runs.add(new Run(from, slice.length(), false));
        return runs;
    }

    /** A worker's slice as its owner sees it; tiles are decoded as they are read. */
    private final class Decoded implements Values {

        private final List<Run> runs;
        private final Values before;
        private final Encoded encoded;
        private final float[] values = new float[TILE];
        private final byte[] raw = new byte[TILE * Float.BYTES];
        private final ByteBuffer rawBuffer = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
        private int run;
        private int at;
        private int decoded;
        private int taken;

        private Decoded(List<Run> runs, Values before, Encoded encoded) {
            this.runs = runs;
            this.before = before;
            this.encoded = encoded;
        }

        @Override
        public void read(float[] target, int length) {
            for (int done = 0; done < length; ) {
                if (taken == decoded) {
                    decodeTile();
                }
                int count = Math.min(length - done, decoded - taken);
                System.arraycopy(values, taken, target, done, count);
                taken += count;
                done += count;
            }
        }

        private void decodeTile() {
            while (at == runs.get(run).to) {
                run++;
            }
            int length = Math.min(TILE, runs.get(run).to - at);
            before.read(values, length);
            rawBuffer.clear();
            if (runs.get(run).statistics) {
                encoded.read(raw, length * Float.BYTES);
                rawBuffer.asFloatBuffer().get(values, 0, length);
            } else if (exchange == Exchange.INT8) {
                encoded.read(raw, Float.BYTES + length);
                float scale = rawBuffer.getFloat();
                for (int i = 0; i < length; i++) {
                    values[i] += raw[Float.BYTES + i] * scale;
                }
            } else {
                encoded.read(raw, length * Short.BYTES);
                for (int i = 0; i < length; i++) {
                    values[i] += fromBfloat16(rawBuffer.getShort());
                }
            }
            at += length;
            decoded = length;
            taken = 0;
        }
    }
}
