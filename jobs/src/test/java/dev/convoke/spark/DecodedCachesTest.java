package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.Augmentation;
import dev.convoke.data.DecodedCache;
import dev.convoke.data.Example;
import dev.convoke.data.Normalisation;
import dev.convoke.data.TestImages;
import dev.convoke.data.TrainingImageLoader;
import dev.convoke.storage.Location;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class DecodedCachesTest {

    private static final Location DATASET = new Location("memory:/one");

    @Test
    void workersOfOneDatasetShareWhatIsDecoded() {
        Example example = new Example("a.jpg", 0, TestImages.jpeg(80, 60, 1));
        DecodedCache first = DecodedCaches.of(DATASET, 1);
        long before = first.hits();

        load(first, example);
        load(DecodedCaches.of(DATASET, 1), example);

        assertThat(first.hits() - before).isEqualTo(1);
    }

    @Test
    void anotherDatasetOrAnotherSizeHasACacheOfItsOwn() {
        DecodedCache one = DecodedCaches.of(DATASET, 1);

        assertThat(DecodedCaches.of(new Location("memory:/two"), 1)).isNotSameAs(one);
        assertThat(DecodedCaches.of(DATASET, 2)).isNotSameAs(one);
        assertThat(DecodedCaches.of(new Location("memory:/one"), 1)).isSameAs(one);
    }

    @Test
    void theRecipesMegabytesAreTheMost() {
        // 3 x 700 x 500 bytes are just over 1 MB.
        Example large = new Example("b.jpg", 0, TestImages.jpeg(700, 500, 2));
        Location dataset = new Location("memory:/three");

        load(DecodedCaches.of(dataset, 1), large);
        load(DecodedCaches.of(dataset, 1), large);
        load(DecodedCaches.of(dataset, 2), large);
        load(DecodedCaches.of(dataset, 2), large);

        assertThat(DecodedCaches.of(dataset, 1).hits()).isZero();
        assertThat(DecodedCaches.of(dataset, 2).hits()).isEqualTo(1);
    }

    private static void load(DecodedCache cache, Example example) {
        TrainingImageLoader loader = new TrainingImageLoader(16, 16, Augmentation.NONE, Normalisation.IMAGENET, cache);
        loader.load(example, 1, FloatBuffer.allocate(loader.valueCount()), 0);
    }
}
