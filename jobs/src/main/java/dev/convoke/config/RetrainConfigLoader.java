package dev.convoke.config;

import dev.convoke.config.SettingsParser.Setting;
import dev.convoke.registry.promotion.PromotionRule;
import dev.convoke.registry.promotion.Significance;
import dev.convoke.registry.retraining.Trigger;
import dev.convoke.shard.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads a retraining file; all problems are reported at once, each with its line and the nearest right key. */
public final class RetrainConfigLoader {

    private static final int LARGE = 1_000_000;

    private final Settings settings;

    private RetrainConfigLoader(Settings settings) {
        this.settings = settings;
    }

    /**
     * Loads a retraining file.
     *
     * @param yaml the file's text
     * @param source the file's name, for messages
     * @param overrides {@code key=value}, as given to {@code --set}
     * @throws RecipeException with every problem found
     */
    public static RetrainConfig load(String yaml, String source, List<String> overrides) {
        List<String> problems = new ArrayList<>();
        Map<String, Setting> values = SettingsParser.parse(yaml, source, problems);
        SettingsParser.override(values, overrides, problems);
        Settings settings = new Settings(values, problems, "a retraining file");
        RetrainConfig config = new RetrainConfigLoader(settings).config();
        settings.rejectUnknownKeys();
        if (!problems.isEmpty()) {
            throw new RecipeException(problems);
        }
        return config;
    }

    /**
     * Returns where a retraining file works, whatever else may be wrong with it.
     *
     * @param source the file's name, for messages
     */
    public static Optional<String> work(String yaml, String source, List<String> overrides) {
        List<String> problems = new ArrayList<>();
        Map<String, Setting> values = SettingsParser.parse(yaml, source, problems);
        SettingsParser.override(values, overrides, problems);
        return Optional.ofNullable(values.get("work"))
                .flatMap(work -> work.value().stream().findFirst());
    }

    private RetrainConfig config() {
        String name = settings.text("name", "retrain");
        String recipe = settings.required("recipe", "recipe: quickstart.yaml");
        List<String> overrides = settings.words("recipe_overrides");
        RetrainConfig.Places places = new RetrainConfig.Places(
                settings.required("source", "source: hdfs:///incoming"),
                settings.required("data", "data: hdfs:///data/cars"),
                settings.required("registry", "registry: hdfs:///models/cars"),
                settings.required("work", "work: hdfs:///retraining/cars"));
        String alias = settings.text("alias", "champion");
        if (!alias.matches("[a-z][a-z0-9-]{0,62}")) {
            settings.problem("alias", "is '" + alias + "'; use small letters, digits and hyphens, such as champion");
        }
        String start = settings.choice("start", "warm", List.of("warm", "scratch"));
        String heldOut = settings.choice("held_out", "test", List.of("validation", "test"));
        return new RetrainConfig(
                name,
                recipe,
                overrides,
                places,
                alias,
                RetrainConfig.Start.valueOf(start.toUpperCase(Locale.ROOT)),
                Split.valueOf(heldOut.toUpperCase(Locale.ROOT)),
                sharding(),
                additions(),
                trigger(),
                rule(),
                keeping());
    }

    private RetrainConfig.Sharding sharding() {
        return new RetrainConfig.Sharding(
                settings.decimal("sharding.validation_fraction", 0.1, 0, 0.9),
                settings.decimal("sharding.test_fraction", 0.1, 0, 0.9),
                settings.integer("sharding.resize", 0, 0, 65_536),
                settings.integer("sharding.shard_mb", 64, 1, LARGE),
                settings.integer("sharding.row_group_kb", 2048, 64, 1 << 20),
                settings.longInteger("sharding.seed", 0),
                settings.decimal("sharding.max_quarantine_rate", 0.001, 0, 1),
                settings.choice("sharding.label_conflicts", "refuse", List.of("refuse", "report"))
                        .equals("refuse"));
    }

    private RetrainConfig.Additions additions() {
        return new RetrainConfig.Additions(
                settings.decimal("additions.validation_fraction", 0.1, 0, 0.9),
                settings.decimal("additions.test_fraction", 0, 0, 0.9),
                settings.decimal("additions.largest_drop", 0.3, 0, 1),
                settings.integer("additions.smallest_examples", 20, 1, LARGE),
                settings.integer("additions.broken_files", 10, 0, LARGE));
    }

    private Trigger trigger() {
        return new Trigger(
                settings.integer("train_when.new_examples", 1_000, 1, 1_000_000_000),
                settings.decimal("train_when.new_share", 0.05, 0, 1_000),
                orNever("train_when.drift"),
                settings.integer("train_when.drift_examples", 100, 1, 1_000_000_000),
                orNever("train_when.oldest_days"));
    }

    private PromotionRule rule() {
        PromotionRule defaults = PromotionRule.DEFAULT;
        String test = settings.choice("promote.test", "mcnemar", List.of("mcnemar", "bootstrap", "none"));
        return new PromotionRule(
                settings.decimal("promote.smallest_top1", 0, 0, 1),
                new PromotionRule.Gain(
                        settings.decimal("promote.minimum_gain", defaults.gain().minimum(), 0, 1),
                        Significance.valueOf(test.toUpperCase(Locale.ROOT)),
                        settings.decimal("promote.confidence", defaults.gain().confidence(), 0.5, 0.999999)),
                new PromotionRule.ClassFloor(
                        settings.decimal(
                                "promote.class_drop", defaults.classes().largestDrop(), 0, 1),
                        settings.integer(
                                "promote.class_support", defaults.classes().smallestSupport(), 1, LARGE)),
                new PromotionRule.Age(
                        orNever("promote.oldest_days"), settings.decimal("promote.age_tolerance", 0, 0, 1)),
                new PromotionRule.Budget(orNever("promote.largest_mb"), orNever("promote.largest_ms")),
                settings.flag("promote.dry_run", "false"));
    }

    private RetrainConfig.Keeping keeping() {
        return new RetrainConfig.Keeping(
                settings.integer("keep.nights", 30, 1, LARGE),
                settings.integer("keep.versions", 10, 1, LARGE),
                settings.decimal("keep.alias_days", 90, 0, 1e6));
    }

    private double orNever(String key) {
        Double written = settings.decimalOrNull(key, 0, 1e9);
        return written == null ? Double.POSITIVE_INFINITY : written;
    }
}
