package dev.convoke.data;

import static dev.convoke.data.LoadedImages.load;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DecodedCacheTest {

    private static final Normalisation PLAIN = new Normalisation(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));

    private final List<Example> examples = List.of(
            new Example("a.jpg", 0, TestImages.jpeg(80, 60, 1)), new Example("b.jpg", 0, TestImages.jpeg(60, 80, 2)));
    private final List<String> warnings = new ArrayList<>();

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskIsSaidOnceAndPixelsAreDecodedEachTime() throws IOException {
        // Every write to this file fails as on a disk without room.
        try (DecodedCache full = DecodedCache.in(Path.of("/dev/full"), 1 << 20, warnings::add)) {
            for (int epoch = 0; epoch < 3; epoch++) {
                for (Example example : examples) {
                    assertThat(pixels(full, example)).isEqualTo(decoded(example));
                }
            }

            assertThat(full.hits()).isZero();
        }
        assertThat(warnings)
                .singleElement()
                .satisfies(said -> assertThat(said)
                        .contains("No space left on device", "decoded each time", "lower feed.cache_mb"));
    }

    @Test
    void aFolderThatTakesNoFileMeansNoCacheAndIsSaidOnce(@TempDir Path folder) {
        Path missing = folder.resolve("missing");

        try (DecodedCache none = DecodedCache.open(missing, 1 << 20, warnings::add)) {
            for (Example example : examples) {
                assertThat(pixels(none, example)).isEqualTo(decoded(example));
            }
        }

        assertThat(warnings)
                .singleElement()
                .satisfies(said -> assertThat(said).contains(missing.toString(), "java.io.tmpdir"));
    }

    @Test
    void whatCannotBeReadBackIsDecodedAgain(@TempDir Path folder) {
        DecodedCache cache = DecodedCache.open(folder, 1 << 20, warnings::add);
        pixels(cache, examples.get(0));
        cache.close();

        assertThat(pixels(cache, examples.get(0))).isEqualTo(decoded(examples.get(0)));
        assertThat(warnings).hasSize(1);
    }

    @Test
    void theThreadsOfAWorkerThatEndsTakeTheCacheFromNobody(@TempDir Path folder) {
        try (DecodedCache cache = DecodedCache.open(folder, 1 << 20, warnings::add)) {
            pixels(cache, examples.get(0));
            Thread.currentThread().interrupt();
            pixels(cache, examples.get(0));
            pixels(cache, examples.get(1));
            assertThat(Thread.interrupted()).isTrue();

            assertThat(pixels(cache, examples.get(1))).isEqualTo(decoded(examples.get(1)));
            assertThat(cache.hits()).isEqualTo(2);
        }
        assertThat(warnings).isEmpty();
    }

    @Test
    void nothingIsLeftInTheFolder(@TempDir Path folder) {
        try (DecodedCache cache = DecodedCache.open(folder, 1 << 20, warnings::add)) {
            pixels(cache, examples.get(0));

            assertThat(folder).isEmptyDirectory();
        }
    }

    private static float[] pixels(DecodedCache cache, Example example) {
        return load(new TrainingImageLoader(80, 60, Augmentation.NONE, PLAIN, cache), example, 1);
    }

    /** The same step by step and without a cache. */
    private static float[] decoded(Example example) {
        return load(new TrainingImageLoader(80, 60, Augmentation.NONE, PLAIN), example, 1);
    }
}
