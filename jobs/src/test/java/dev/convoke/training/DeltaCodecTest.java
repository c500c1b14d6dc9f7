package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.training.Averaging.Exchange;
import dev.convoke.training.Averaging.OuterOptimizer;
import dev.convoke.training.Averaging.UpdaterPolicy;
import dev.convoke.training.DeltaCodec.Change;
import dev.convoke.training.SliceAverager.Values;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeltaCodecTest {

    private static final int VALUES = 5000;

    /** Weights 0-2999, means 3000-3001, variances 3002-3003, weights 3004-4999. */
    private static final StateLayout LAYOUT = new StateLayout(
            List.of(
                    new Segment("conv", "W", Kind.WEIGHT, 0, 3000),
                    new Segment("norm", "mean", Kind.MEAN, 3000, 2),
                    new Segment("norm", "var", Kind.VARIANCE, 3002, 2),
                    new Segment("dense", "W", Kind.WEIGHT, 3004, 1996)),
            VALUES,
            0);

    private static final Round ROUND = new Round(4, 0, List.of());

    @Test
    void whatIsNotSentIsKeptForTheNextRound() {
        for (Exchange exchange : List.of(Exchange.BFLOAT16, Exchange.INT8)) {
            Random random = new Random(1);
            float[] before = random(random, 1);
            float[] after = plus(before, random(random, 1e-3f));
            float[] lostBefore = random(random, 1e-5f);

            Sent sent = send(exchange, before, after, lostBefore);

            for (int i = 0; i < VALUES; i++) {
                if (isStatistic(i)) {
                    assertThat(sent.arrived[i]).isCloseTo(after[i], within(0f));
                    assertThat(sent.lost[i]).isZero();
                } else {
                    double wanted = (double) after[i] + lostBefore[i];
                    assertThat(sent.arrived[i] + (double) sent.lost[i]).isCloseTo(wanted, within(2e-7 * 4));
                }
            }
        }
    }

    @Test
    void roundingLosesNoMoreThanHalfAStep() {
        float[] before = new float[VALUES];
        float[] after = random(new Random(2), 1e-3f);

        float[] int8 = send(Exchange.INT8, before, after, new float[VALUES]).lost;
        float[] bfloat16 = send(Exchange.BFLOAT16, before, after, new float[VALUES]).lost;

        for (int i = 0; i < VALUES; i++) {
            int tile = i < 3000 ? i / 1024 * 1024 : 3004 + (i - 3004) / 1024 * 1024;
            int end = Math.min(tile + 1024, i < 3000 ? 3000 : VALUES);
            if (!isStatistic(i)) {
                float step = largest(after, tile, end) / 127;
                assertThat(Math.abs(int8[i])).isLessThanOrEqualTo(0.50001f * step);
                assertThat(Math.abs(bfloat16[i])).isLessThanOrEqualTo(Math.abs(after[i]) / 256);
            }
        }
    }

    @Test
    void aChangeTooSmallForOneRoundArrivesOverMany() {
        // One value moves a hundredth of a step; alone it would be rounded away in each of the thousand rounds.
        float[] state = new float[VALUES];
        float[] lost = new float[VALUES];
        for (int round = 0; round < 1000; round++) {
            float[] after = state.clone();
            after[0] += round % 2 == 0 ? 1f : -1f;
            after[1] += 1f / 127 / 100;
            Sent sent = send(Exchange.INT8, state, after, lost);
            state = sent.arrived;
            lost = sent.lost;
        }

        assertThat(state[1]).isCloseTo(1000f / 127 / 100, within(1f / 127));
    }

    @Test
    void slicesMayBeCutAnywhereAndReadInAnyPieces() {
        float[] before = random(new Random(3), 1);
        float[] after = random(new Random(4), 1);
        for (Exchange exchange : List.of(Exchange.BFLOAT16, Exchange.INT8)) {
            for (int values : new int[] {1, 700, 1024, 3002, VALUES}) {
                for (Slice slice : vector(exchange).cut(values)) {
                    DeltaCodec codec = new DeltaCodec(vector(exchange), exchange);
                    float[] lost = new float[slice.length()];
                    byte[] bytes = encoded(codec, slice, before, after, lost);

                    float[] whole = decoded(codec, slice, before, bytes, slice.length());

                    assertThat(decoded(codec, slice, before, bytes, 1)).containsExactly(whole);
                    assertThat(decoded(codec, slice, before, bytes, 1500)).containsExactly(whole);
                    for (int i = 0; i < whole.length; i++) {
                        assertThat(whole[i] + lost[i]).isCloseTo(after[slice.offset() + i], within(1e-6f));
                    }
                }
            }
        }
    }

    @Test
    void int8IsAQuarterAndBfloat16HalfOfTheBytes() {
        Slice all = vector(Exchange.INT8).cut(VALUES).get(0);

        // Five tiles with a scale each, and four statistics whole.
        assertThat(new DeltaCodec(vector(Exchange.INT8), Exchange.INT8).byteCount(all))
                .isEqualTo(4996 + 5 * 4 + 4 * 4);
        assertThat(new DeltaCodec(vector(Exchange.BFLOAT16), Exchange.BFLOAT16).byteCount(all))
                .isEqualTo(4996 * 2 + 4 * 4);
    }

    @Test
    void whatDoesNotChangeIsExactAndNothingIsLost() {
        float[] same = random(new Random(5), 1e-37f);

        for (Exchange exchange : List.of(Exchange.BFLOAT16, Exchange.INT8)) {
            Sent sent = send(exchange, same, same, new float[VALUES]);

            assertThat(sent.arrived).containsExactly(same);
            assertThat(sent.lost).containsOnly(0f);
        }
    }

    @Test
    void theSmallestChangesAreNoWorseThanLarge() {
        float[] after = new float[VALUES];
        Arrays.fill(after, 0, 1024, 130 * Float.MIN_VALUE);
        after[1] = -after[1];

        Sent sent = send(Exchange.INT8, new float[VALUES], after, new float[VALUES]);

        assertThat(sent.arrived[0] + sent.lost[0]).isEqualTo(after[0]);
        assertThat(sent.arrived[1] + sent.lost[1]).isEqualTo(after[1]);
    }

    @Test
    void aValueThatIsNotFiniteIsNamed() {
        for (Exchange exchange : List.of(Exchange.BFLOAT16, Exchange.INT8)) {
            for (int at : new int[] {0, 2999, 3001, 3003, 3004, 4999}) {
                float[] after = new float[VALUES];
                after[at] = Float.NaN;

                assertThatThrownBy(() -> send(exchange, new float[VALUES], after, new float[VALUES]))
                        .isInstanceOf(TrainingDivergedException.class)
                        .hasMessageContaining("Worker 6 has a state")
                        .hasMessageContaining("value " + at + ")")
                        .hasMessageContaining("round 4");
            }
        }
    }

    @Test
    void aStateThatIsTooLongForItsWorkersIsRefused() {
        StateLayout vgg = new StateLayout(
                List.of(new Segment("all", "W", Kind.WEIGHT, 0, 138_000_000)), 138_000_000, 138_000_000);

        assertThat(new StateVector(vgg, averaging(Exchange.INT8), 13).valueCount())
                .isEqualTo(15 * 138_000_000);
        assertThatThrownBy(() -> new StateVector(vgg, averaging(Exchange.INT8), 14))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("exchange")
                .hasMessageContaining("14 workers")
                .hasMessageContaining("fewer workers");
    }

    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Sent(float[] arrived, float[] lost) {}

    private static Sent send(Exchange exchange, float[] before, float[] after, float[] lostBefore) {
        DeltaCodec codec = new DeltaCodec(vector(exchange), exchange);
        Slice all = vector(exchange).cut(VALUES).get(0);
        float[] lost = new float[VALUES];
        ByteBuffer bytes = ByteBuffer.allocate(codec.byteCount(all));
        Change change =
                new Change(values(before, all), values(after, all), values(lostBefore, all), FloatBuffer.wrap(lost));
        codec.encode(ROUND, 6, all, change, bytes);
        assertThat(bytes.remaining()).isZero();
        return new Sent(decoded(codec, all, before, bytes.array(), 1024), lost);
    }

    private static byte[] encoded(DeltaCodec codec, Slice slice, float[] before, float[] after, float[] lost) {
        ByteBuffer bytes = ByteBuffer.allocate(codec.byteCount(slice));
        Values none = Values.of(FloatBuffer.allocate(slice.length()));
        codec.encode(
                ROUND,
                0,
                slice,
                new Change(values(before, slice), values(after, slice), none, FloatBuffer.wrap(lost)),
                bytes);
        return bytes.array();
    }

    private static float[] decoded(DeltaCodec codec, Slice slice, float[] before, byte[] bytes, int pieces) {
        ByteBuffer source = ByteBuffer.wrap(bytes);
        Values values = codec.decode(slice, values(before, slice), (target, length) -> source.get(target, 0, length));
        float[] all = new float[slice.length()];
        float[] piece = new float[pieces];
        for (int done = 0; done < all.length; done += pieces) {
            int length = Math.min(pieces, all.length - done);
            values.read(piece, length);
            System.arraycopy(piece, 0, all, done, length);
        }
        assertThat(source.remaining()).isZero();
        return all;
    }

    private static Values values(float[] state, Slice slice) {
        return Values.of(FloatBuffer.wrap(state, slice.offset(), slice.length()).slice());
    }

    private static StateVector vector(Exchange exchange) {
        return new StateVector(LAYOUT, averaging(exchange), 2);
    }

    private static Averaging averaging(Exchange exchange) {
        return new Averaging(AveragingSchedule.every(1), UpdaterPolicy.RESET, OuterOptimizer.NONE, exchange);
    }

    private static boolean isStatistic(int i) {
        return i >= 3000 && i < 3004;
    }

    private static float largest(float[] values, int from, int to) {
        float largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return largest;
    }

    private static float[] plus(float[] a, float[] b) {
        float[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    private static float[] random(Random random, float size) {
        float[] values = new float[VALUES];
        for (int i = 0; i < VALUES; i++) {
            values[i] = (float) random.nextGaussian() * size;
        }
        return values;
    }
}
