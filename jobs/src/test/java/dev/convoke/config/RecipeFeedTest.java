package dev.convoke.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.config.Recipe.Feeding;
import dev.convoke.data.Augmentation;
import dev.convoke.data.ColourJitter;
import dev.convoke.training.FeedSettings;
import dev.convoke.training.FeedSettings.Sampling;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a recipe says of images and of feeding is what the workers are told. */
class RecipeFeedTest {

    @Test
    void everyKeyLandsInItsOwnField() {
        Recipe recipe = load("""
                augmentation:
                  crop: random
                  smallest_area: 0.11
                  flip: false
                  rotation: 12
                  brightness: 0.21
                  contrast: 0.22
                  saturation: 0.23
                  hue: 0.24
                  lighting: 0.31
                  erasing: 0.32
                  mixup: 0.33
                feed: {decoders: 3, ahead: 4, sampling: balanced, class_weights: balanced, cache_mb: 5}
                """);

        assertThat(recipe.augmentation())
                .isEqualTo(
                        new Augmentation(true, 0.11, 12, new ColourJitter(0.21, 0.22, 0.23, 0.24), false, 0.31, 0.32));
        assertThat(recipe.feeding())
                .isEqualTo(new Feeding(3, 4, Sampling.BALANCED, 0.33, Feeding.ClassWeights.BALANCED, 5));
    }

    @Test
    void balancedWeightsComeFromTheCountsOfTheClasses() {
        List<Long> perClass = List.of(90L, 9L, 1L, 0L);

        FeedSettings balanced = load("feed: {class_weights: balanced, decoders: 3, ahead: 4}")
                .feeding()
                .settings(perClass);
        FeedSettings none = load("feed: {class_weights: none}").feeding().settings(perClass);

        // Examples by classes that have any, by the class's own.
        assertThat(balanced)
                .isEqualTo(new FeedSettings(
                        3, 4, Sampling.UNIFORM, 0, List.of(100.0 / 3 / 90, 100.0 / 3 / 9, 100.0 / 3 / 1, 1.0)));
        assertThat(none.classWeights()).isEmpty();
    }

    private static Recipe load(String keys) {
        return RecipeLoader.load("architecture: alexnet\n" + keys, "recipe.yaml", List.of());
    }
}
