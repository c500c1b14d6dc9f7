package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeLoader;
import dev.convoke.training.RunPlan;
import dev.convoke.training.cost.RoundBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCommandTest {

    private static final RoundBytes VGG = new RoundBytes(1_074_000_000, 537_000_000, 1_074_000_000, 0, 4);

    private static final SparkConf SPACIOUS =
            new SparkConf(false).set("spark.memory.offHeap.enabled", "true").set("spark.memory.offHeap.size", "4g");
    private static final String CONVOKE = "averaging.master=convoke";

    @AfterEach
    void leaveNoSetting() {
        System.clearProperty("spark.executor.memoryOverhead");
    }

    @Test
    void aPlanSaysBytesMemoryAndTimeAndStartsNothing(@TempDir Path folder) throws IOException {
        Path recipe = folder.resolve("recipe.yaml");
        Files.writeString(recipe, "architecture: alexnet\nworkers: 4\nepochs: 1\n");
        System.setProperty("spark.executor.memoryOverhead", "100m");

        String printed = output(
                "plan", recipe.toString(), "--examples", "1280", "--images-per-second", "16", "--bandwidth", "10Gb");

        assertThat(printed)
                .contains("alexnet at 224 px: 46,793,482 parameters, state 374 MB")
                .containsPattern("an executor receives +561\\.5 MB a round")
                .containsPattern("its shuffle window takes +[0-9.]+ MB of its heap")
                .contains("2 rounds in 1 epochs")
                .containsPattern("the driver moves +0\\.3 MB")
                .containsPattern("the driver needs +13\\.3 MB .*spark\\.driver\\.memory")
                .doesNotContain("DL4J's own")
                .contains("warning: state lies on the executors' heap")
                .contains("warning: 1 worker(s) in an executor need", "it gets 100 MB");
        assertThat(folder)
                .isDirectoryContaining(file -> file.equals(recipe))
                .isDirectoryNotContaining(file -> !file.equals(recipe));
    }

    @Test
    void aPlanWithoutExamplesIsAUsageError(@TempDir Path folder) throws IOException {
        Path recipe = folder.resolve("recipe.yaml");
        Files.writeString(recipe, "architecture: alexnet\n");

        assertThat(Main.run("plan", recipe.toString())).isEqualTo(2);
    }

    @Test
    void aPlanForGpusIsMadeWithoutOneIfItIsToldHowFastTheyAre(@TempDir Path folder) throws IOException {
        String recipe = Files.writeString(
                        folder.resolve("recipe.yaml"), "architecture: alexnet\nepochs: 1\nengine: cuda\n")
                .toString();

        assertThat(Main.run("plan", recipe, "--examples", "1280")).isEqualTo(ExitCode.USAGE.number());
        assertThat(output(
                        "plan",
                        recipe,
                        "--examples",
                        "1280",
                        "--images-per-second",
                        "900",
                        "--bandwidth",
                        "10Gb",
                        "--set",
                        "workers=16"))
                .contains("900.0 examples/s")
                .contains("warning: 16 workers share 68 row groups")
                .contains("warning: The recipe's engine needs a GPU for each worker");
    }

    @Test
    void settingsThatFitAreLeftAlone() {
        assertThat(warnings(new SparkConf(false)
                        .set("spark.memory.offHeap.enabled", "true")
                        .set("spark.memory.offHeap.size", "4g")))
                .isEmpty();
    }

    @Test
    void whatCannotWorkIsNamedWithItsRemedy() {
        SparkConf conf = new SparkConf(false)
                .set("spark.memory.offHeap.enabled", "true")
                .set("spark.memory.offHeap.size", "1g")
                .set("spark.executor.cores", "4")
                .set("spark.task.cpus", "8")
                .set("spark.task.resource.gpu.amount", "1");

        assertThat(warnings(conf, "averaging.master=dl4j", "engine=dl4j", "averaging.frequency=1000"))
                .anySatisfy(warning -> assertThat(warning).contains("spark.memory.offHeap.size is 1g, a round needs"))
                .anySatisfy(warning -> assertThat(warning).contains("no worker can ever start"))
                .anySatisfy(warning -> assertThat(warning).contains("GPUs are asked for"))
                .anySatisfy(warning -> assertThat(warning).contains("every round will abort"))
                .anySatisfy(warning -> assertThat(warning).contains("spark.driver.memory is 1g"))
                .anySatisfy(warning -> assertThat(warning).contains("4 workers on 2 executors take turns"))
                .anySatisfy(warning -> assertThat(warning).contains("each epoch is one round"));
    }

    @Test
    void aWorkerThatSharesAnExecutorAndOneWithoutExamplesAreNamed() {
        SparkConf conf = new SparkConf(false).set("spark.executor.cores", "4").set("spark.task.cpus", "2");

        assertThat(warnings(conf, "workers=2000"))
                .anySatisfy(warning -> assertThat(warning).contains("puts 2 workers into one executor"))
                .anySatisfy(warning -> assertThat(warning).contains("2000 workers for 1280 examples"));
    }

    @Test
    void workersWhoseBordersAreReadTwiceAreNamedAboveFifteenPercentOfTheBytes() {
        assertThat(PlanAdvice.ofBorders(ofShares(16), 100)).isEmpty();
        assertThat(PlanAdvice.ofBorders(ofShares(17), 100))
                .contains("17 workers share 100 row groups: those at their borders are read twice, 16 % more bytes in"
                        + " every epoch; shard with a smaller --row-group-kb, or lower 'workers'");
        assertThat(PlanAdvice.ofBorders(ofShares(1), 1)).isEmpty();
    }

    private static RunPlan ofShares(int workers) {
        Recipe recipe = RecipeLoader.load("architecture: vgg16", "recipe", List.of("workers=" + workers));
        return new RunPlan(recipe.training(), 1280);
    }

    @Test
    void aDriverOfTooManyWorkersIsNamedWithWhatItMoves() {
        String expected =
                String.format(Locale.ROOT, "the driver of 396 workers moves %.1f MB", (180_000 + 40_000 * 396) / 1e6);

        assertThat(warnings(SPACIOUS, ofWorkers(395), CONVOKE)).noneMatch(warning -> warning.contains("the driver of"));
        assertThat(warnings(SPACIOUS, ofWorkers(396), CONVOKE))
                .anySatisfy(warning -> assertThat(warning)
                        .contains(expected, "more than 16 MB", "156,816 messages", "averaging.frequency"));
        assertThat(warnings(SPACIOUS, ofWorkers(396), "averaging.master=dl4j"))
                .noneMatch(warning -> warning.contains("the driver of"));
    }

    @Test
    void aPlanForDl4jsMasterSaysWhatItsDriverHolds(@TempDir Path folder) throws IOException {
        String recipe = Files.writeString(
                        folder.resolve("recipe.yaml"),
                        "architecture: alexnet\nworkers: 4\naveraging.master: dl4j\nengine: dl4j\n")
                .toString();
        // Momentum of the parameters that are trained: not of batch norm's statistics.
        long state = (46_793_482L + 46_790_730L) * Float.BYTES;

        String printed =
                output("plan", recipe, "--examples", "1280", "--images-per-second", "16", "--bandwidth", "10Gb");

        assertThat(printed)
                .contains("that is the time of averaging.master: convoke")
                .containsPattern(String.format(Locale.ROOT, "the driver moves +%,.1f MB", 5 * state / 1e6))
                .containsPattern(String.format(Locale.ROOT, "the driver needs +%,.1f MB", 4 * state / 1e6));
    }

    @Test
    void gpusThatWorkersShareOrThatAreTooFewAreNamed() {
        SparkConf conf = new SparkConf(false)
                .set("spark.executor.cores", "8")
                .set("spark.task.cpus", "4")
                .set("spark.executor.resource.gpu.amount", "1")
                .set("spark.task.resource.gpu.amount", "0.5");

        assertThat(warnings(conf, VGG, "engine=cuda"))
                .anySatisfy(warning -> assertThat(warning).contains("spark.task.resource.gpu.amount is 0.5"))
                .anySatisfy(warning ->
                        assertThat(warning).contains("cores for 2 workers", "spark.executor.resource.gpu.amount is 1"));
        conf.set("spark.task.resource.gpu.amount", "1").set("spark.executor.resource.gpu.amount", "2");
        assertThat(warnings(conf, VGG, "engine=cuda")).noneMatch(warning -> warning.contains("gpu"));
    }

    @Test
    void aBandwidthIsInBitsASecond() {
        assertThat(Bandwidth.bytesPerSecond("10Gb")).isCloseTo(1.25e9, within(1e-3));
        assertThat(Bandwidth.bytesPerSecond("100 Mbit/s")).isCloseTo(12.5e6, within(1e-3));
        assertThatThrownBy(() -> Bandwidth.bytesPerSecond("fast"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("10Gb");
    }

    private static RoundBytes ofWorkers(int workers) {
        return new RoundBytes(1_074_000_000, 537_000_000, 1_074_000_000, 0, workers);
    }

    private static List<String> warnings(SparkConf conf, RoundBytes bytes, String override) {
        Recipe recipe = RecipeLoader.load("architecture: vgg16\nepochs: 1", "recipe", List.of(override));
        return PlanAdvice.of(conf, recipe, new RunPlan(recipe.training(), 1280), bytes, bytes.workers());
    }

    private static List<String> warnings(SparkConf conf, String... overrides) {
        Recipe recipe = RecipeLoader.load("architecture: vgg16\nworkers: 4\nepochs: 1", "recipe", List.of(overrides));
        return PlanAdvice.of(conf, recipe, new RunPlan(recipe.training(), 1280), VGG, overrides.length > 1 ? 2 : 4000);
    }

    private static String output(String... arguments) {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            assertThat(Main.run(arguments)).isZero();
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
