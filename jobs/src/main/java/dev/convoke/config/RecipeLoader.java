package dev.convoke.config;

import dev.convoke.config.SettingsParser.Setting;
import dev.convoke.data.Augmentation;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engines;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.shard.Split;
import dev.convoke.training.Averaging;
import dev.convoke.training.Averaging.Exchange;
import dev.convoke.training.Averaging.OuterOptimizer;
import dev.convoke.training.Averaging.UpdaterPolicy;
import dev.convoke.training.AveragingSchedule;
import dev.convoke.training.DivergencePolicy.Reaction;
import dev.convoke.training.LearningRate;
import dev.convoke.training.LearningRate.Decay;
import dev.convoke.training.TrainingSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a recipe: the YAML file, then the overrides, each later value winning. All problems are reported at once, each
 * with its line and the nearest right key.
 */
public final class RecipeLoader {

    private static final int LARGE = 1_000_000;

    private final List<String> problems = new ArrayList<>();
    private final Settings settings;

    private RecipeLoader(Map<String, Setting> values, List<String> earlierProblems) {
        problems.addAll(earlierProblems);
        settings = new Settings(values, problems);
    }

    /**
     * Loads a recipe.
     *
     * @param yaml the file's text
     * @param source the file's name, for messages
     * @param overrides {@code key=value}, as given to {@code --set}
     * @throws RecipeException with every problem found
     */
    public static Recipe load(String yaml, String source, List<String> overrides) {
        List<String> problems = new ArrayList<>();
        Map<String, Setting> values = SettingsParser.parse(yaml, source, problems);
        SettingsParser.override(values, overrides, problems);
        return new RecipeLoader(values, problems).recipe();
    }

    private Recipe recipe() {
        String name = settings.text("name", "run");
        String architecture = settings.choice("architecture", "", ModelCatalog.names());
        int inputPixels = settings.integer("input", 224, 1, 4096);
        checkInput(architecture, inputPixels);
        @Nullable Integer classes = settings.integerOrNull("classes", 2, LARGE);
        @Nullable Double dropout = settings.decimalOrNull("dropout", 0, 0.999);
        @Nullable TrainingSettings training = training();
        OptimizerSpec optimizer = new OptimizerSpec(
                settings.decimal("optimizer.momentum", 0.9, 0, 0.9999),
                settings.decimal("optimizer.weight_decay", 0, 0, 1),
                settings.decimal("optimizer.clip", 0, 0, 1e6));
        Augmentation augmentation = AugmentationKeys.read(settings);
        Recipe.Scaling scaling = AugmentationKeys.scaling(settings);
        Recipe.Feeding feeding = AugmentationKeys.feeding(settings);
        Recipe.Compute compute = compute(training);
        if (compute.master() == Recipe.Master.DL4J && feeding.classWeights() != Recipe.Feeding.ClassWeights.NONE) {
            settings.problem(
                    "feed.class_weights",
                    "is not known to DL4J's own master; use averaging.master: convoke, or feed.sampling: balanced");
        }
        Recipe.Checkpointing checkpoint = new Recipe.Checkpointing(
                settings.integer("checkpoint.every_rounds", 50, 1, LARGE),
                settings.integer("checkpoint.keep", 3, 2, LARGE),
                settings.integer("checkpoint.keep_every", 0, 0, LARGE),
                settings.flag("checkpoint.keep_best", "true"));
        Recipe.Evaluating evaluation = new Recipe.Evaluating(
                split(settings.choice("evaluation.split", "validation", splits())),
                settings.integer("evaluation.every_epochs", 1, 0, LARGE));
        Recipe.Divergence divergence = divergence();
        Recipe.FineTuning fineTuning = FineTuningKeys.read(settings, compute.master());
        @Nullable String data = settings.textOrNull("data");
        @Nullable String out = settings.textOrNull("out");
        settings.rejectUnknownKeys();
        if (!problems.isEmpty() || training == null) {
            throw new RecipeException(problems);
        }
        return new Recipe(
                name,
                architecture,
                inputPixels,
                classes,
                dropout,
                optimizer,
                training,
                augmentation,
                scaling,
                feeding,
                compute,
                checkpoint,
                evaluation,
                divergence,
                fineTuning,
                data,
                out,
                settings.resolved());
    }

    private Recipe.Compute compute(@Nullable TrainingSettings training) {
        String engine = settings.choice("engine", "auto", Engines.names());
        Precision precision =
                precision(settings.choice("precision", "float32", List.of("float32", "bfloat16", "tf32")));
        if (precision == Precision.TF32 && !engine.startsWith("cuda")) {
            settings.problem(
                    "precision",
                    "is tf32, which only GPUs compute in; set engine: cuda, or precision: float32 or bfloat16");
        }
        Recipe.Master master =
                enumOf(Recipe.Master.class, settings.choice("averaging.master", "convoke", List.of("convoke", "dl4j")));
        if (master == Recipe.Master.DL4J) {
            if (precision != Precision.FLOAT32 || !(engine.equals("dl4j") || engine.equals("auto"))) {
                settings.problem(
                        "averaging.master",
                        "is dl4j, which trains DL4J's own networks only; set engine: dl4j and precision: float32");
            }
            if (training != null && training.averaging().exchange().isRounded()) {
                settings.problem(
                        "averaging.master", "is dl4j, which sends parameters in float32 only; remove exchange");
            }
            if (training != null && training.averaging().outer().isActive()) {
                settings.problem(
                        "averaging.master",
                        "is dl4j, which has no outer optimizer; remove outer_rate and outer_momentum");
            }
        }
        return new Recipe.Compute(engine, precision, master);
    }

    private Recipe.Divergence divergence() {
        return new Recipe.Divergence(
                enumOf(
                        Reaction.class,
                        settings.choice("divergence.policy", "fail", List.of("fail", "lower-rate", "roll-back"))),
                settings.integer("divergence.halvings", 1, 1, 20),
                settings.integer("divergence.rounds", 10, 1, LARGE),
                settings.integer("divergence.retries", 3, 0, 100),
                settings.decimal("divergence.largest_loss", 60, 1e-6, 1e6),
                settings.decimal("divergence.largest_spread", 0.9, 1e-6, 1e6));
    }

    private void checkInput(String architecture, int inputPixels) {
        if (architecture.isEmpty()) {
            return;
        }
        int smallest = ModelCatalog.find(architecture).smallestInputPixels();
        if (inputPixels < smallest) {
            settings.problem(
                    "input",
                    "is " + inputPixels + " px, but " + architecture + "'s smallest input is " + smallest
                            + " px; use at least that");
        }
    }

    private @Nullable TrainingSettings training() {
        long seed = settings.longInteger("seed", 1);
        int workers = settings.integer("workers", 2, 1, 100_000);
        int batch = settings.integer("batch", 32, 1, 65_536);
        int epochs = settings.integer("epochs", 10, 1, LARGE);
        @Nullable Averaging averaging = averaging();
        @Nullable LearningRate rate = learningRate();
        double smoothing = settings.decimal("label_smoothing", 0, 0, 0.999);
        int window = settings.integer("shuffle_window", 8192, 1, 100_000_000);
        return averaging == null || rate == null
                ? null
                : new TrainingSettings(seed, workers, batch, epochs, averaging, rate, smoothing, window);
    }

    private @Nullable Averaging averaging() {
        List<Double> written = settings.decimals("averaging.frequency", List.of(8.0));
        List<Integer> frequencies = written.stream().map(Double::intValue).toList();
        boolean whole =
                written.stream().allMatch(number -> number >= 1 && number <= LARGE && number == Math.rint(number));
        if (!whole || frequencies.isEmpty()) {
            settings.problem("averaging.frequency", "must be a whole number of steps, at least 1, or a list of them");
            return null;
        }
        AveragingSchedule.Kind kind = enumOf(
                AveragingSchedule.Kind.class,
                settings.choice(
                        "averaging.schedule",
                        frequencies.size() > 1 ? "per-epoch" : "constant",
                        List.of("constant", "per-epoch", "quadratic")));
        try {
            AveragingSchedule schedule = new AveragingSchedule(
                    kind,
                    frequencies,
                    settings.decimal("averaging.coefficient", 0, 0, 1e6),
                    settings.decimal("averaging.warmup_epochs", 0, 0, LARGE),
                    settings.integer("averaging.warmup_frequency", 1, 1, LARGE));
            UpdaterPolicy updater = enumOf(
                    UpdaterPolicy.class, settings.choice("averaging.updater", "average", List.of("average", "reset")));
            return new Averaging(
                    schedule,
                    updater,
                    new OuterOptimizer(
                            settings.decimal("averaging.outer_rate", 1, 1e-6, 100),
                            settings.decimal("averaging.outer_momentum", 0, 0, 0.9999)),
                    enumOf(
                            Exchange.class,
                            settings.choice("averaging.exchange", "float32", List.of("float32", "bfloat16", "int8"))));
        } catch (IllegalArgumentException invalid) {
            problems.add("averaging: " + invalid.getMessage());
            return null;
        }
    }

    private @Nullable LearningRate learningRate() {
        Decay decay = enumOf(
                Decay.class,
                settings.choice("schedule.decay", "cosine", List.of("constant", "step", "polynomial", "cosine")));
        try {
            return new LearningRate(
                    settings.decimal("optimizer.learning_rate", 0.01, 1e-12, 1e6),
                    decay,
                    settings.decimals("schedule.milestones", List.of()),
                    settings.decimal("schedule.factor", 0.1, 1e-9, 1),
                    settings.decimal("schedule.power", 1, 1e-9, 100),
                    settings.decimal("schedule.warmup_epochs", 0, 0, LARGE),
                    settings.decimal("schedule.floor", 0, 0, 1e6));
        } catch (IllegalArgumentException invalid) {
            problems.add("schedule: " + invalid.getMessage());
            return null;
        }
    }

    private static List<String> splits() {
        return Arrays.stream(Split.values())
                .map(split -> split.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    private static Split split(String name) {
        return enumOf(Split.class, name);
    }

    private static Precision precision(String name) {
        return enumOf(Precision.class, name);
    }

    private static <E extends Enum<E>> E enumOf(Class<E> type, String name) {
        return Enum.valueOf(type, name.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
