package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.synthetic.Photograph;
import dev.convoke.data.synthetic.PhotographGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A recipe that starts from another run's model, as a user writes it. */
class FineTuneTest {

    /** So small that what learns hardly moves: the start is still to be seen after an epoch. */
    private static final String HARDLY_LEARNS = "optimizer.learning_rate=1e-6";

    @TempDir
    private Path folder;

    @Test
    void frozenLayersStayToTheBitAndAClassKeepsItsPartOfTheHeadWhereverItsLabelIs() throws IOException {
        List<String> kinds = PhotographGenerator.kinds();
        // The newcomer's name sorts first, so every old class has another label than before.
        shard("two", kinds.subList(1, 3));
        shard("three", kinds.subList(0, 3));
        assertThat(train("parent", "two")).isZero();

        assertThat(train(
                        "child",
                        "three",
                        "fine_tune.from=" + folder.resolve("parent/model"),
                        "fine_tune.freeze_to=conv2_reduce",
                        "fine_tune.rates=[conv2=0.5]",
                        HARDLY_LEARNS))
                .isZero();

        ComputationGraph parent = model("parent");
        ComputationGraph child = model("child");
        for (String frozen : List.of("conv1", "conv2_reduce")) {
            assertThat(parameters(child, frozen)).as(frozen).isEqualTo(parameters(parent, frozen));
        }
        assertThat(Arrays.equals(parameters(child, "conv2"), parameters(parent, "conv2")))
                .as("conv2 learns")
                .isFalse();
        for (int label = 0; label < 2; label++) {
            assertThat(distance(head(child, label + 1), head(parent, label)))
                    .as("what told class %s before", kinds.get(label + 1))
                    .isLessThan(1e-3);
        }
    }

    @Test
    void aNewHeadStartsFreshForClassesOfTheSameNamesToo() throws IOException {
        List<String> kinds = PhotographGenerator.kinds();
        shard("two", kinds.subList(1, 3));
        assertThat(train("parent", "two")).isZero();

        assertThat(train(
                        "child",
                        "two",
                        "fine_tune.from=" + folder.resolve("parent/model"),
                        "fine_tune.head=new",
                        "seed=99",
                        HARDLY_LEARNS))
                .isZero();

        for (int label = 0; label < 2; label++) {
            assertThat(distance(head(model("child"), label), head(model("parent"), label)))
                    .isGreaterThan(0.1);
        }
        assertThat(distance(parameters(model("child"), "conv1"), parameters(model("parent"), "conv1")))
                .isLessThan(1e-3);
    }

    @Test
    void wrongSettingsAreToldAllAtOnceAndNothingIsWritten() throws IOException {
        shard("two", PhotographGenerator.kinds().subList(1, 3));
        String errors = errorsOf(() -> assertThat(train(
                        "child",
                        "two",
                        "fine_tune.head=nwe",
                        "fine_tune.rates=[conv2=fast]",
                        "fine_tune.frm=somewhere"))
                .isEqualTo(ExitCode.USAGE.number()));

        assertThat(errors)
                .contains("'fine_tune.head' is 'nwe'", "did you mean 'new'?")
                .contains("'conv2=fast'")
                .contains("did you mean 'fine_tune.from'?");

        String another = errorsOf(() ->
                assertThat(train("child", "two", "fine_tune.freeze_to=conv7")).isEqualTo(ExitCode.USAGE.number()));
        assertThat(another).contains("The network has no layer 'conv7'");
        String nowhere = errorsOf(() -> assertThat(train("child", "two", "fine_tune.from=" + folder.resolve("nowhere")))
                .isNotZero());
        assertThat(nowhere).contains(folder.resolve("nowhere").toString());
        try (Stream<Path> left = Files.walk(folder.resolve("child"))) {
            assertThat(left.map(file -> file.getFileName().toString())).noneMatch(name -> name.startsWith("round-"));
        }
    }

    private static String errorsOf(Runnable action) {
        PrintStream before = System.err;
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setErr(before);
        }
        return errors.toString(StandardCharsets.UTF_8);
    }

    private void shard(String name, List<String> kinds) throws IOException {
        PhotographGenerator generator = new PhotographGenerator(3);
        for (int index = 0; index < 160; index++) {
            Photograph photograph = generator.photograph(index);
            if (kinds.contains(photograph.kind())) {
                Path file = folder.resolve(name + "-images")
                        .resolve(photograph.kind())
                        .resolve(photograph.name());
                Files.createDirectories(file.getParent());
                Files.write(file, photograph.encoded());
            }
        }
        assertThat(Main.run(
                        "shard",
                        "--source",
                        folder.resolve(name + "-images").toString(),
                        "--out",
                        folder.resolve(name).toString(),
                        "--validation-fraction",
                        "0.2"))
                .isZero();
    }

    private int train(String run, String data, String... settings) {
        Stream<String> fixed = Stream.of("architecture=inception-v1", "input=32", "epochs=1", "batch=4");
        return Main.run(Stream.of(
                        Stream.of("train", "../conf/recipes/quickstart.yaml", "--data", path(data), "--out", path(run)),
                        Stream.concat(fixed, Stream.of(settings)).flatMap(setting -> Stream.of("--set", setting)))
                .flatMap(words -> words)
                .toArray(String[]::new));
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private ComputationGraph model(String run) throws IOException {
        return ComputationGraph.load(
                folder.resolve(run).resolve("model/model.zip").toFile(), false);
    }

    private static float[] parameters(ComputationGraph network, String layer) {
        return network.getLayer(layer).params().dup().data().asFloat();
    }

    /** Returns the weights that lead to one class. */
    private static float[] head(ComputationGraph network, int label) {
        INDArray weights = network.getLayer("predictions").getParam("W");
        return weights.getColumn(label).dup().data().asFloat();
    }

    /** Returns the difference as a share of the second's length. */
    private static double distance(float[] one, float[] other) {
        assertThat(one).hasSameSizeAs(other);
        double difference = 0;
        double length = 0;
        for (int i = 0; i < one.length; i++) {
            difference += Math.pow(one[i] - other[i], 2);
            length += Math.pow(other[i], 2);
        }
        return Math.sqrt(difference / length);
    }
}
