package dev.convoke.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.plan.ArenaPlan.Buffer;
import dev.convoke.engine.plan.ArenaPlan.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ArenaPlanTest {

    @Test
    void buffersInUseAtTheSameTimeNeverOverlap() {
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 50; round++) {
            List<Buffer> buffers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int first = random.nextInt(30);
                buffers.add(new Buffer(random.nextLong(1, 5000), first, first + random.nextInt(10)));
            }
            Placement placement = ArenaPlan.place(buffers);
            for (int i = 0; i < buffers.size(); i++) {
                long end = placement.offsets().get(i) + buffers.get(i).bytes();
                assertThat(end).isLessThanOrEqualTo(placement.bytes());
                assertThat(placement.offsets().get(i) % ArenaPlan.ALIGNMENT).isZero();
                for (int j = 0; j < i; j++) {
                    boolean together = buffers.get(i).first() <= buffers.get(j).last()
                            && buffers.get(j).first() <= buffers.get(i).last();
                    boolean apart = end <= placement.offsets().get(j)
                            || placement.offsets().get(j) + buffers.get(j).bytes()
                                    <= placement.offsets().get(i);
                    assertThat(!together || apart).isTrue();
                }
            }
        }
    }

    @Test
    void buffersThatFollowEachOtherShareTheirMemory() {
        Placement placement = ArenaPlan.place(List.of(new Buffer(640, 0, 1), new Buffer(640, 2, 3)));
        assertThat(placement.offsets()).containsExactly(0L, 0L);
        assertThat(placement.bytes()).isEqualTo(640);
    }

    @Test
    void aBufferThatAnotherOneReadsFromHasMemoryOfItsOwn() {
        Placement placement = ArenaPlan.place(List.of(new Buffer(100, 0, 1), new Buffer(100, 1, 2)));
        assertThat(placement.offsets()).containsExactly(0L, 128L);
        assertThat(placement.bytes()).isEqualTo(256);
    }
}
