package dev.convoke.shard.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.Layout.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShardPlanTest {

    private static final Layout LAYOUT = new Layout("", List.of(), List.of("cat"));

    @Test
    void shardsFollowTheBytesAndSmallDatasetsStillGetSeveral() {
        ShardPlan byBytes = ShardPlan.of(counts(1000, 1_000_000), 64_000_000, 1);
        ShardPlan byExamples = ShardPlan.of(counts(20_000, 100), 64_000_000, 1);

        assertThat(byBytes.slots()).hasSize(16);
        assertThat(byBytes.slots().get(15).name()).isEqualTo("train/part-00015.parquet");
        assertThat(byExamples.slots()).hasSize(5);
        assertThat(ShardPlan.of(counts(100, 1), 64_000_000, 1).slots()).hasSize(1);
    }

    @Test
    void everyShardIsASampleOfItsSplit() {
        ShardPlan plan = new ShardPlan(3, Map.of(Split.TRAIN, 4, Split.TEST, 2));
        int[] slots = new int[6];
        for (int i = 0; i < 8_000; i++) {
            slots[plan.slot(i < 4_000 ? Split.TRAIN : Split.TEST, "a/" + i)]++;
        }

        assertThat(IntStream.of(slots).limit(4).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(900, 1_100));
        assertThat(IntStream.of(slots).skip(4).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(1_850, 2_150));
    }

    @Test
    void theDrawTakesItsFractionsOutOfWhatIsForTraining() {
        SplitDraw draw = new SplitDraw(7, 0.2, 0.1);
        int[] drawn = new int[3];
        for (int i = 0; i < 10_000; i++) {
            Split split = draw.split("cat/" + i, new Place(i % 2 == 0 ? null : Split.TRAIN, "cat"));
            drawn[List.of(Split.TRAIN, Split.VALIDATION, Split.TEST).indexOf(split)]++;
        }

        assertThat(drawn[1]).isBetween(1_880, 2_120);
        assertThat(drawn[2]).isBetween(900, 1_100);
        assertThat(draw.split("cat/1", new Place(Split.TEST, "cat"))).isEqualTo(Split.TEST);
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> new SplitDraw(7, 0.5, 0.5))
                .withMessageContaining("leave nothing to train on");
    }

    private static SourceCounts counts(int images, long bytes) {
        List<SourceImage> source = new ArrayList<>();
        for (int i = 0; i < images; i++) {
            source.add(new SourceImage("cat/" + i + ".jpg", "memory:/x", 0, bytes));
        }
        SourceCounts counts = new SourceCounts(1);
        counts.count(source.iterator(), LAYOUT, new SplitDraw(1, 0, 0), entry -> {});
        return counts;
    }
}
