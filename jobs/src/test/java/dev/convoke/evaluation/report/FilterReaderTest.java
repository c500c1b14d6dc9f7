package dev.convoke.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointHeader;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.checkpoint.SliceFiles;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.evaluation.report.ReportInput.Filters;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.FloatBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class FilterReaderTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location folder = MemoryFileStore.root().child("checkpoint");

    @Test
    void everyFilterIsDrawnInItsOwnRangeWithGreyForZero() throws Exception {
        // Two filters of 2 x 2: the first red at its upper left, the second blue, ten times weaker, at its lower right.
        FloatBuffer values = FloatBuffer.allocate(2 + 24);
        values.put(2, 0.5f);
        values.put(2 + 12 + 11, -0.05f);

        Filters filters = FilterReader.read(
                        store,
                        checkpoint(
                                values,
                                new Segment("conv1", "b", Kind.BIAS, 0, 2),
                                new Segment("conv1", "W", Kind.WEIGHT, 2, 24)))
                .orElseThrow();

        assertThat(filters.layer()).isEqualTo("conv1");
        assertThat(filters.count()).isEqualTo(2);
        assertThat(filters.side()).isEqualTo(2);
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(
                Base64.getDecoder().decode(filters.image().substring("data:image/png;base64,".length()))));
        assertThat(image.getWidth()).isEqualTo(7);
        assertThat(image.getRGB(1, 1)).isEqualTo(0xFFFF8080);
        assertThat(image.getRGB(2, 1)).isEqualTo(0xFF808080);
        assertThat(image.getRGB(5, 2)).isEqualTo(0xFF808000);
    }

    @Test
    void withoutABiasTheBatchNormBehindTellsHowManyFiltersThereAre() {
        Optional<Filters> filters = FilterReader.read(
                store,
                checkpoint(
                        FloatBuffer.allocate(3 + 108 + 4),
                        new Segment("bn0", "gamma", Kind.GAMMA, 0, 3),
                        new Segment("conv1", "W", Kind.WEIGHT, 3, 108),
                        new Segment("bn1", "gamma", Kind.GAMMA, 111, 4)));

        assertThat(filters).hasValueSatisfying(found -> {
            assertThat(found.count()).isEqualTo(4);
            assertThat(found.side()).isEqualTo(3);
        });
    }

    @Test
    void aNetworkThatBeginsOtherwiseHasNoPicture() {
        assertThat(FilterReader.read(
                        store,
                        checkpoint(
                                FloatBuffer.allocate(2 + 20),
                                new Segment("dense", "W", Kind.WEIGHT, 0, 20),
                                new Segment("dense", "b", Kind.BIAS, 20, 2))))
                .isEmpty();
    }

    private Checkpoint checkpoint(FloatBuffer values, Segment... segments) {
        SliceEntry slice = SliceFiles.write(store, folder, 0, 0, values);
        CheckpointHeader header = new CheckpointHeader(
                1,
                0,
                1,
                new RunIdentity(1, 1, 1, "every 1", "d", "a", "r"),
                new StateLayout(List.of(segments), values.capacity(), 0),
                List.of());
        return new Checkpoint(folder, header, 1, List.of(slice), "");
    }
}
