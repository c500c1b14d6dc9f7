package dev.convoke.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.convoke.data.Augmentation;
import dev.convoke.data.Normalisation;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.shard.Split;
import dev.convoke.training.Averaging;
import dev.convoke.training.AveragingSchedule;
import dev.convoke.training.DivergencePolicy;
import dev.convoke.training.DivergencePolicy.Reaction;
import dev.convoke.training.LearningRate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class RecipeLoaderTest {

    private static final String SMALLEST = "architecture: alexnet\n";

    /** The defaults of what keeps a run safe. */
    private static final Map<String, String> SAFETY = Map.ofEntries(
            Map.entry("checkpoint.every_rounds", "50"),
            Map.entry("checkpoint.keep", "3"),
            Map.entry("checkpoint.keep_every", "0"),
            Map.entry("checkpoint.keep_best", "true"),
            Map.entry("divergence.policy", "fail"),
            Map.entry("divergence.halvings", "1"),
            Map.entry("divergence.rounds", "10"),
            Map.entry("divergence.retries", "3"),
            Map.entry("divergence.largest_loss", "60.0"),
            Map.entry("divergence.largest_spread", "0.9"));

    /** The defaults of what the network's input is scaled by. */
    private static final Map<String, String> SCALING = Map.of(
            "normalisation.by", "imagenet",
            "normalisation.mean", "[0.485, 0.456, 0.406]",
            "normalisation.deviation", "[0.229, 0.224, 0.225]");

    @Test
    void everyDefaultIsWhatTheDocumentationSays() {
        Map<String, String> values = new TreeMap<>(load(SMALLEST).resolved().values());

        assertThat(values).containsAllEntriesOf(SAFETY).containsAllEntriesOf(SCALING);
        values.keySet().removeAll(SAFETY.keySet());
        values.keySet().removeAll(SCALING.keySet());
        assertThat(values)
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("name", "run"),
                        Map.entry("architecture", "alexnet"),
                        Map.entry("input", "224"),
                        Map.entry("seed", "1"),
                        Map.entry("workers", "2"),
                        Map.entry("batch", "32"),
                        Map.entry("epochs", "10"),
                        Map.entry("label_smoothing", "0.0"),
                        Map.entry("shuffle_window", "8192"),
                        Map.entry("averaging.frequency", "[8.0]"),
                        Map.entry("averaging.schedule", "constant"),
                        Map.entry("averaging.coefficient", "0.0"),
                        Map.entry("averaging.warmup_epochs", "0.0"),
                        Map.entry("averaging.warmup_frequency", "1"),
                        Map.entry("averaging.updater", "average"),
                        Map.entry("averaging.exchange", "float32"),
                        Map.entry("averaging.outer_rate", "1.0"),
                        Map.entry("averaging.outer_momentum", "0.0"),
                        Map.entry("schedule.decay", "cosine"),
                        Map.entry("schedule.milestones", "[]"),
                        Map.entry("schedule.factor", "0.1"),
                        Map.entry("schedule.power", "1.0"),
                        Map.entry("schedule.warmup_epochs", "0.0"),
                        Map.entry("schedule.floor", "0.0"),
                        Map.entry("optimizer.learning_rate", "0.01"),
                        Map.entry("optimizer.momentum", "0.9"),
                        Map.entry("optimizer.weight_decay", "0.0"),
                        Map.entry("optimizer.clip", "0.0"),
                        Map.entry("augmentation.crop", "random"),
                        Map.entry("augmentation.smallest_area", "0.08"),
                        Map.entry("augmentation.flip", "true"),
                        Map.entry("augmentation.rotation", "0.0"),
                        Map.entry("augmentation.brightness", "0.0"),
                        Map.entry("augmentation.contrast", "0.0"),
                        Map.entry("augmentation.saturation", "0.0"),
                        Map.entry("augmentation.hue", "0.0"),
                        Map.entry("augmentation.lighting", "0.0"),
                        Map.entry("augmentation.erasing", "0.0"),
                        Map.entry("augmentation.mixup", "0.0"),
                        Map.entry("feed.decoders", "1"),
                        Map.entry("feed.ahead", "2"),
                        Map.entry("feed.sampling", "uniform"),
                        Map.entry("feed.class_weights", "none"),
                        Map.entry("feed.cache_mb", "0"),
                        Map.entry("engine", "auto"),
                        Map.entry("averaging.master", "convoke"),
                        Map.entry("precision", "float32"),
                        Map.entry("evaluation.split", "validation"),
                        Map.entry("evaluation.every_epochs", "1")));
    }

    @Test
    void aNormalisationThatIsHalfSaidOrImpossibleIsRefused() {
        String stated = "normalisation: {by: given, mean: [0.1, 0.2, 0.3], deviation: [1, 1, 2]}\n";

        Recipe recipe = load(SMALLEST + stated);

        assertThat(recipe.scaling().given())
                .isEqualTo(new Normalisation(List.of(0.1, 0.2, 0.3), List.of(1.0, 1.0, 2.0)));
        assertThatThrownBy(() -> load(SMALLEST + stated.replace("given", "dataset")))
                .isInstanceOf(RecipeException.class)
                .hasMessageContaining("'normalisation.by' is not 'given', so mean and deviation would not be used");
        for (String wrong : List.of("[0.1, 0.2]", "[0.1, 0.2, 0.0]", "[0.1, 0.2, -1]")) {
            assertThatThrownBy(() -> load(SMALLEST + stated.replace("[1, 1, 2]", wrong)))
                    .isInstanceOf(RecipeException.class)
                    .hasMessageContaining("deviations above 0");
        }
    }

    @Test
    void everyKeyReachesItsRecord() {
        Recipe recipe = load("""
                name: night
                architecture: vgg16
                input: 64
                classes: 7
                dropout: 0.25
                data: hdfs://n/d
                out: file:/r
                engine: dl4j
                precision: float32
                seed: 9
                epochs: 4
                workers: 3
                batch: 5
                shuffle_window: 77
                label_smoothing: 0.1
                averaging: {frequency: [1, 4, 16]}
                optimizer: {learning_rate: 0.5, momentum: 0.8, weight_decay: 0.001, clip: 2}
                schedule: {decay: step, milestones: [2, 3], factor: 0.2, warmup_epochs: 0.5}
                augmentation: {crop: none, flip: false}
                checkpoint: {every_rounds: 2, keep: 4, keep_every: 6, keep_best: false}
                divergence: {policy: roll-back, halvings: 2, rounds: 7, retries: 4, largest_loss: 0.5, largest_spread: 3}
                evaluation: {split: test, every_epochs: 2}
                """);

        assertThat(recipe.network(10)).isEqualTo(new NetworkSpec("vgg16", ImageShape.rgb(64), 7, 0.25));
        assertThat(recipe.optimizer()).isEqualTo(new OptimizerSpec(0.8, 0.001, 2));
        assertThat(recipe.training().averaging().schedule())
                .isEqualTo(new AveragingSchedule(AveragingSchedule.Kind.PER_EPOCH, List.of(1, 4, 16), 0, 0, 1));
        assertThat(recipe.training().learningRate())
                .isEqualTo(new LearningRate(0.5, LearningRate.Decay.STEP, List.of(2.0, 3.0), 0.2, 1, 0.5, 0));
        assertThat(List.of(
                        recipe.training().seed(),
                        recipe.training().epochs(),
                        recipe.training().workers(),
                        recipe.training().batch(),
                        recipe.training().shuffleWindow(),
                        recipe.training().labelSmoothing()))
                .isEqualTo(List.of(9L, 4, 3, 5, 77, 0.1));
        assertThat(recipe.augmentation()).isEqualTo(Augmentation.NONE);
        assertThat(recipe.compute()).isEqualTo(new Recipe.Compute("dl4j", Precision.FLOAT32, Recipe.Master.CONVOKE));
        assertThat(recipe.checkpoint()).isEqualTo(new Recipe.Checkpointing(2, 4, 6, false));
        assertThat(recipe.evaluation()).isEqualTo(new Recipe.Evaluating(Split.TEST, 2));
        assertThat(recipe.divergence().policy())
                .isEqualTo(new DivergencePolicy(Reaction.ROLL_BACK, 2, 7, 4, new DivergencePolicy.Limits(0.5, 3)));
        assertThat(List.of(recipe.name(), recipe.data() + "", recipe.out() + ""))
                .containsExactly("night", "hdfs://n/d", "file:/r");
    }

    @Test
    void allProblemsAreReportedAtOnceEachWithItsLineAndTheNearestKey() {
        RecipeException failure = catchThrowableOfType(
                RecipeException.class,
                () -> RecipeLoader.load("""
                        architecture: alexnt
                        epoch: 3
                        workers: none
                        batch: 0
                        optimizer:
                          momentum: 1.5
                          momentun: 0.9
                        """, "bad.yaml", List.of("precison=float32", "nonsense")));

        assertThat(failure.problems())
                .containsExactlyInAnyOrder(
                        "--set nonsense: write key=value, such as --set optimizer.momentum=0.9",
                        "bad.yaml:1: 'architecture' is 'alexnt'; choose one of alexnet, vgg16, inception-v1, "
                                + "inception-v1-notebook, resnet, resnet34 (did you mean 'alexnet'?)",
                        "bad.yaml:2: 'epoch' is not a key of a recipe; did you mean 'epochs'?",
                        "bad.yaml:3: 'workers' is 'none'; it must be a whole number",
                        "bad.yaml:4: 'batch' is 0; it must be between 1 and 65536",
                        "bad.yaml:6: 'optimizer.momentum' is 1.5; it must be between 0.0 and 0.9999",
                        "bad.yaml:7: 'optimizer.momentun' is not a key of a recipe; did you mean 'optimizer.momentum'?",
                        "--set precison=float32: 'precison' is not a key of a recipe; did you mean 'precision'?");
    }

    @Test
    void onlyAnEngineOnGpusComputesInTf32() {
        Recipe onGpu = load(SMALLEST + "engine: cuda-fast\nprecision: tf32\n");

        assertThat(onGpu.compute()).isEqualTo(new Recipe.Compute("cuda-fast", Precision.TF32, Recipe.Master.CONVOKE));
        assertThatThrownBy(() -> load(SMALLEST + "precision: tf32\n"))
                .isInstanceOf(RecipeException.class)
                .hasMessageContaining("'precision' is tf32, which only GPUs compute in; set engine: cuda");
    }

    @Test
    void aTooSmallInputNamesTheSmallestOne() {
        assertThatThrownBy(() -> load(SMALLEST + "input: 32\n"))
                .isInstanceOf(RecipeException.class)
                .hasMessageContaining("alexnet's smallest input is 67 px");
    }

    @Test
    void stepsWithoutMilestonesAndAFrequencyOfNothingAreRefused() {
        assertThatThrownBy(() -> load(SMALLEST + "schedule: {decay: step}\naveraging: {frequency: 0.5}\n"))
                .isInstanceOf(RecipeException.class)
                .hasMessageContaining("milestones")
                .hasMessageContaining("'averaging.frequency' must be a whole number of steps");
    }

    @Test
    void anOverrideWinsOverTheFile() {
        Recipe recipe = RecipeLoader.load(
                SMALLEST + "epochs: 3\n", "r.yaml", List.of("epochs=5", "epochs=7", "schedule.milestones=[1, 2]"));

        assertThat(recipe.training().epochs()).isEqualTo(7);
        assertThat(recipe.training().learningRate().milestones()).containsExactly(1.0, 2.0);
    }

    @Test
    void theResolvedRecipeLoadsToItself() {
        Recipe recipe =
                load(SMALLEST + "name: 'a: b # c'\nschedule: {decay: step, milestones: [1, 2]}\ndropout: 0.1\n");

        Recipe again = RecipeLoader.load(recipe.toYaml(), "again.yaml", List.of());

        assertThat(again).isEqualTo(recipe);
        assertThat(again.name()).isEqualTo("a: b # c");
    }

    @Test
    void theResolvedRecipeNamesEachSectionOnceSoThatStrictReadersTakeIt() {
        Recipe recipe = load(SMALLEST + "averaging: {frequency: 9}\n");

        Object read =
                new Load(LoadSettings.builder().setAllowDuplicateKeys(false).build()).loadFromString(recipe.toYaml());

        assertThat(read)
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                .extractingByKey("averaging", InstanceOfAssertFactories.map(String.class, Object.class))
                .containsEntry("frequency", List.of(9))
                .containsEntry("master", "convoke");
    }

    /** As runs wrote it before: a resumed run has to find the same recipe. */
    @Test
    void aResolvedRecipeThatRepeatsItsSectionsIsStillTheSame() {
        Recipe recipe = load(SMALLEST + "averaging: {frequency: 9}\n");
        String repeated = recipe.toYaml().replace("  master: convoke\n", "") + "averaging:\n  master: convoke\n";

        assertThat(load(repeated)).isEqualTo(recipe);
        assertThat(load(repeated).digest()).isEqualTo(recipe.digest());
    }

    @Test
    void theDigestFollowsWhatDecidesTheBytesAndNothingElse() {
        String digest = load(SMALLEST).digest();

        assertThat(load(SMALLEST + "name: x\nout: file:/y\ncheckpoint: {keep: 9}\nevaluation: {split: test}\n")
                        .digest())
                .isEqualTo(digest);
        assertThat(load(SMALLEST + "seed: 2\n").digest()).isNotEqualTo(digest);
        assertThat(load(SMALLEST + "averaging: {frequency: 9}\n").digest()).isNotEqualTo(digest);
    }

    @Test
    void everyRecipeWeShipLoads() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("../conf/recipes"))) {
            List<Path> recipes =
                    files.filter(file -> file.toString().endsWith(".yaml")).toList();

            assertThat(recipes).hasSizeGreaterThanOrEqualTo(7);
            for (Path file : recipes) {
                RecipeLoader.load(Files.readString(file), file.getFileName().toString(), List.of());
            }
        }
    }

    private static Recipe load(String yaml) {
        return RecipeLoader.load(yaml, "r.yaml", List.of());
    }

    @Test
    void roundedResultsNeedMomentumThatIsReset() {
        List<String> int8 = List.of("averaging.exchange=int8", "averaging.updater=reset");

        assertThat(RecipeLoader.load("architecture: alexnet", "recipe.yaml", int8)
                        .training()
                        .averaging()
                        .exchange())
                .isEqualTo(Averaging.Exchange.INT8);
        assertThatThrownBy(() -> RecipeLoader.load("architecture: alexnet", "recipe.yaml", int8.subList(0, 1)))
                .isInstanceOf(RecipeException.class)
                .hasMessageContaining("averaging: exchange: int8 sends small changes")
                .hasMessageContaining("set updater: reset");
    }

    @Test
    void whatDl4jsMasterCannotDoIsRefused() {
        List<String> overrides = List.of(
                "averaging.master=dl4j",
                "engine=onednn",
                "averaging.outer_momentum=0.5",
                "averaging.outer_rate=0.7",
                "averaging.updater=reset",
                "averaging.exchange=int8");

        assertThatThrownBy(() -> RecipeLoader.load("architecture: alexnet", "recipe.yaml", overrides))
                .isInstanceOf(RecipeException.class)
                .hasMessageContaining("is dl4j, which trains DL4J's own networks only; set engine: dl4j")
                .hasMessageContaining("is dl4j, which sends parameters in float32 only")
                .hasMessageContaining("is dl4j, which has no outer optimizer");
    }
}
