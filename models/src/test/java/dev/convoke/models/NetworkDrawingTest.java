package dev.convoke.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.models.NetworkLayout.Box;
import dev.convoke.models.NetworkSummary.Row;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class NetworkDrawingTest {

    @Test
    void everyNetworkIsDrawnWithABoxALayerAndALineAConnectionAndNoTwoBoxesTouch() throws Exception {
        for (String name : ModelCatalog.names()) {
            NetworkSummary network = summary(name);
            String svg = NetworkDrawing.of(network).svg();

            Document parsed = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
            int connections = network.rows().stream()
                    .mapToInt(row -> row.connectedTo().size())
                    .sum();
            assertThat(parsed.getElementsByTagName("rect").getLength())
                    .as(name)
                    .isEqualTo(network.rows().size());
            assertThat(parsed.getElementsByTagName("path").getLength()).as(name).isEqualTo(connections);
            assertNothingOverlaps(name, NetworkLayout.of(network));
        }
    }

    @Test
    void aLayerStandsBelowAllItReads() {
        NetworkLayout layout = NetworkLayout.of(summary("inception-v1"));

        for (Box box : layout.boxes()) {
            for (Box other : layout.boxes()) {
                if (box.row().connectedTo().contains(other.row().name())) {
                    assertThat(box.y()).isGreaterThan(other.y() + other.height());
                }
            }
            assertThat(box.x()).isBetween(0.0, layout.width() - box.width());
        }
    }

    @Test
    void graphvizGetsEveryLayerAndConnection() {
        NetworkSummary network = summary("resnet34");

        List<String> lines = NetworkDrawing.of(network).dot().lines().toList();

        int connections = network.rows().stream()
                .mapToInt(row -> row.connectedTo().size())
                .sum();
        assertThat(lines).hasSize(3 + network.rows().size() + connections);
        assertThat(lines.get(0)).isEqualTo("digraph \"resnet34\" {");
        assertThat(lines).filteredOn(line -> line.contains(" -> ")).hasSize(connections);
    }

    @Test
    void aNameCannotBreakOutOfThePicture() throws Exception {
        NetworkSummary network =
                new NetworkSummary("a\"<b>", List.of(new Row("</svg>\"", "Input<", List.of(3L), 0, 0, List.of())));

        String svg = NetworkDrawing.of(network).svg();

        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        assertThat(NetworkDrawing.of(network).dot()).contains("digraph \"a\\\"<b>\"");
    }

    @Test
    void pixelsShowTheBoxesOfTheDrawing() {
        NetworkSummary network = summary("alexnet");
        NetworkLayout layout = NetworkLayout.of(network);

        BufferedImage image = NetworkDrawing.of(network).image(1);

        Box first = layout.boxes().get(1);
        int x = (int) (first.x() + first.width() - 4);
        int y = (int) (first.y() + first.height() / 2);
        assertThat(image.getRGB(x, y) & 0xFFFFFF).isEqualTo(0x3b63e0);
        assertThat(image.getRGB(1, 1) & 0xFFFFFF).isEqualTo(0xFFFFFF);
    }

    private static void assertNothingOverlaps(String name, NetworkLayout layout) {
        List<Box> boxes = layout.boxes();
        for (int i = 0; i < boxes.size(); i++) {
            for (int j = i + 1; j < boxes.size(); j++) {
                Box one = boxes.get(i);
                Box other = boxes.get(j);
                boolean apart = one.x() + one.width() <= other.x()
                        || other.x() + other.width() <= one.x()
                        || one.y() + one.height() <= other.y()
                        || other.y() + other.height() <= one.y();
                assertThat(apart)
                        .as(name + ": " + one.row().name() + " and "
                                + other.row().name())
                        .isTrue();
            }
        }
    }

    private static NetworkSummary summary(String name) {
        return NetworkSummary.of(new NetworkSpec(name, ImageShape.rgb(224), 10, null));
    }
}
