package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;

class SummaryCommandTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final PrintStream outBefore = System.out;

    @BeforeEach
    void listen() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void stopListening() {
        System.setOut(outBefore);
    }

    @ParameterizedTest
    @ValueSource(strings = {"alexnet", "vgg16", "inception-v1", "inception-v1-notebook", "resnet", "resnet34"})
    void drawsAnyNetwork(String architecture) throws Exception {
        assertThat(Main.run("summary", architecture, "--svg")).isZero();

        Document drawing = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(out.toByteArray()));
        assertThat(drawing.getDocumentElement().getTagName()).isEqualTo("svg");
        assertThat(drawing.getElementsByTagName("rect").getLength()).isGreaterThan(10);
        assertThat(drawing.getElementsByTagName("text").getLength()).isGreaterThan(10);
    }

    @Test
    void writesAGraphForGraphviz() {
        assertThat(Main.run("summary", "resnet34", "--dot")).isZero();

        String graph = out.toString(StandardCharsets.UTF_8);
        assertThat(graph).startsWith("digraph").endsWith("}\n");
        // 34 layers in a row, and each of the 16 blocks has a way around it.
        assertThat(graph.lines().filter(line -> line.contains("->")).count()).isGreaterThan(34 + 16);
    }

    @Test
    void explainsWhatATrainingStepAndAPredictionAreCompiledTo() {
        assertThat(Main.run("summary", "alexnet", "--explain", "--input", "67", "--batch", "2"))
                .isZero();
        String training = out.toString(StandardCharsets.UTF_8);
        out.reset();
        assertThat(Main.run("summary", "alexnet", "--explain", "--input", "67", "--batch", "2", "--prediction"))
                .isZero();
        String prediction = out.toString(StandardCharsets.UTF_8);

        assertThat(training.lines().findFirst().orElseThrow())
                .contains("Layer", "Operation", "Implementation", "Shape", "Layout", "MB", "GFLOP");
        assertThat(training).contains("weight gradient", "update").containsPattern("Memory: [0-9.]+ MB parameters");
        assertThat(prediction).contains("conv1", "softmax").doesNotContain("gradient", "update");
    }

    @Test
    void anExplanationInAFormatThatCpusDoNotHaveIsRefused() {
        assertThat(Main.run("summary", "alexnet", "--explain", "--precision", "tf32"))
                .isEqualTo(ExitCode.USAGE.number());
        assertThat(out.size()).isZero();
    }

    @Test
    void ofTwoFormsOneHasToBeChosen() {
        assertThat(Main.run("summary", "alexnet", "--svg", "--dot")).isEqualTo(ExitCode.USAGE.number());
        assertThat(out.size()).isZero();
    }
}
