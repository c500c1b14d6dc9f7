package dev.convoke.config;

import dev.convoke.config.Recipe.Scaling.By;
import dev.convoke.data.Augmentation;
import dev.convoke.data.ColourJitter;
import dev.convoke.data.Normalisation;
import dev.convoke.training.FeedSettings.Sampling;
import java.util.List;
import java.util.Locale;

/** The keys below {@code augmentation}, {@code normalisation} and {@code feed}. */
final class AugmentationKeys {

    private AugmentationKeys() {}

    static Augmentation read(Settings settings) {
        Augmentation augmentation = Augmentation.NONE;
        String crop = settings.choice("augmentation.crop", "random", List.of("random", "none"));
        double smallestArea = settings.decimal("augmentation.smallest_area", 0.08, 1e-4, 1);
        if (crop.equals("random")) {
            augmentation = augmentation.withRandomResizedCrop(smallestArea);
        }
        if (settings.flag("augmentation.flip", "true")) {
            augmentation = augmentation.withFlip();
        }
        return augmentation
                .withRotation(settings.decimal("augmentation.rotation", 0, 0, 180))
                .withJitter(new ColourJitter(
                        settings.decimal("augmentation.brightness", 0, 0, 1),
                        settings.decimal("augmentation.contrast", 0, 0, 1),
                        settings.decimal("augmentation.saturation", 0, 0, 1),
                        settings.decimal("augmentation.hue", 0, 0, 0.5)))
                .withLighting(settings.decimal("augmentation.lighting", 0, 0, 10))
                .withErasing(settings.decimal("augmentation.erasing", 0, 0, 1));
    }

    /** Reads by what the network's input is scaled. */
    static Recipe.Scaling scaling(Settings settings) {
        By by = By.valueOf(settings.choice("normalisation.by", "imagenet", List.of("imagenet", "dataset", "given"))
                .toUpperCase(Locale.ROOT));
        Normalisation usual = Normalisation.IMAGENET;
        List<Double> mean = settings.decimals("normalisation.mean", usual.mean());
        List<Double> deviation = settings.decimals("normalisation.deviation", usual.deviation());
        boolean stated = settings.has("normalisation.mean") || settings.has("normalisation.deviation");
        boolean others = !mean.equals(usual.mean()) || !deviation.equals(usual.deviation());
        if (stated && others && by != By.GIVEN) {
            settings.problem(
                    "normalisation.by", "is not 'given', so mean and deviation would not be used; remove them");
        }
        try {
            return new Recipe.Scaling(by, new Normalisation(mean, deviation));
        } catch (IllegalArgumentException unusable) {
            settings.problem(
                    "normalisation.mean",
                    "or .deviation is not three numbers, on the scale of 0 to 1 and deviations above 0: "
                            + unusable.getMessage());
            return new Recipe.Scaling(by, usual);
        }
    }

    static Recipe.Feeding feeding(Settings settings) {
        String sampling = settings.choice("feed.sampling", "uniform", List.of("uniform", "balanced"));
        String weights = settings.choice("feed.class_weights", "none", List.of("none", "balanced"));
        return new Recipe.Feeding(
                settings.integer("feed.decoders", 1, 1, 1024),
                settings.integer("feed.ahead", 2, 1, 1024),
                Sampling.valueOf(sampling.toUpperCase(Locale.ROOT)),
                settings.decimal("augmentation.mixup", 0, 0, 100),
                Recipe.Feeding.ClassWeights.valueOf(weights.toUpperCase(Locale.ROOT)),
                settings.integer("feed.cache_mb", 0, 0, 1_000_000));
    }
}
