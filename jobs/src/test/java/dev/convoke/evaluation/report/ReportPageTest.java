package dev.convoke.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.evaluation.report.ReportInput.RoundPoint;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportPageTest {

    private static final String PAGE = ReportPage.of(SampleReport.input());

    @Test
    void hasEveryPart() throws Exception {
        Document page = parse(PAGE);

        assertThat(texts(page, "h1")).containsExactly("alexnet on photographs");
        assertThat(texts(page, "h2"))
                .containsExactly(
                        "How training went",
                        "What it knows: split test",
                        "Surest of each class",
                        "Worst mistakes",
                        "What the first layer looks for",
                        "What it has been through",
                        "How it was made");
        assertThat(texts(page, "h3")).containsExactly("Confusion", "Classes", "Recipe", "Provenance");
        assertThat(page.getElementsByTagName("svg").getLength()).isEqualTo(6);
        assertThat(page.getElementsByTagName("img").getLength()).isEqualTo(16);
        assertThat(PAGE).contains("image not at hand", "Top-1, test", "95 %: ");
    }

    @Test
    void theMatrixHasACellForEveryPairOfClasses() throws Exception {
        Document page = parse(PAGE);
        NodeList tables = page.getElementsByTagName("table");
        Element matrix = (Element) tables.item(0);

        assertThat(matrix.getAttribute("class")).isEqualTo("matrix");
        assertThat(matrix.getElementsByTagName("td").getLength()).isEqualTo(100);
        long counted = 0;
        for (int i = 0; i < 100; i++) {
            String text = matrix.getElementsByTagName("td").item(i).getTextContent();
            counted += text.isEmpty() ? 0 : Long.parseLong(text);
        }
        assertThat(counted).isEqualTo(200);
    }

    @Test
    void curvesStayInsideTheirFrame() {
        Matcher points = Pattern.compile("[ML](-?[0-9.]+) (-?[0-9.]+)").matcher(PAGE);
        int count = 0;
        while (points.find()) {
            assertThat(Double.parseDouble(points.group(1))).isBetween(Chart.LEFT, Chart.RIGHT);
            assertThat(Double.parseDouble(points.group(2))).isBetween(Chart.TOP, Chart.BOTTOM);
            count++;
        }
        assertThat(count).isGreaterThan(500);
    }

    @Test
    void refersToNothingOutsideItself() throws Exception {
        Document page = parse(PAGE);

        assertThat(PAGE).doesNotContain("http://", "https://", "//cdn", "@import", "url(");
        for (String tag : List.of("script", "link", "iframe", "object", "embed", "a", "form", "base")) {
            assertThat(page.getElementsByTagName(tag).getLength()).as(tag).isZero();
        }
        NodeList images = page.getElementsByTagName("img");
        for (int i = 0; i < images.getLength(); i++) {
            assertThat(((Element) images.item(i)).getAttribute("src")).startsWith("data:image/jpeg;base64,");
        }
        assertThat(PAGE).contains("default-src &#39;none&#39;");
    }

    @Test
    void namesFromStrangersAreShownAndNeverRun() throws Exception {
        assertThat(PAGE).doesNotContain("<script").contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
        assertThat(texts(parse(PAGE), "td")).contains(SampleReport.HOSTILE);
    }

    @Test
    void aRunWithNothingInItStillMakesAPageThatSaysSo() throws Exception {
        ReportInput nothing = new ReportInput(
                "empty",
                List.of(),
                "",
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                null,
                List.of(),
                List.of("There are no metrics."));

        Document page = parse(ReportPage.of(nothing));

        assertThat(texts(page, "li")).containsExactly("There are no metrics.");
        assertThat(page.getElementsByTagName("svg").getLength()).isZero();
        assertThat(texts(page, "p")).contains("Nothing: no process and no executor was lost, no round diverged.");
    }

    @Test
    void ofManyWorkersTheSlowestTheMedianAndTheFastestAreDrawnAndThePageSaysSo() throws Exception {
        List<RoundPoint> rounds = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            rounds.add(new RoundPoint(
                    round,
                    0,
                    80,
                    1,
                    0.5,
                    0.1,
                    0.01,
                    1000,
                    Map.of("compute", 1000.0),
                    List.of(40.0, 10.0, 60.0, 30.0, 20.0, 80.0, 70.0, 50.0)));
        }
        ReportInput input = new ReportInput(
                "eight", List.of(), "", List.of(), rounds, List.of(), List.of(), List.of(), null, List.of(), List.of());

        Document page = parse(ReportPage.of(input));

        assertThat(texts(page, "figcaption"))
                .contains("Images a second; of 8 workers the fastest, the median and the slowest of each round");
        assertThat(texts(page, "li"))
                .contains("all 80.0", "fastest worker 80.0", "median worker 45.0", "slowest worker 10.0")
                .noneMatch(text -> text.startsWith("worker "));
    }

    @Test
    void aThousandClassesShowTheirCommonestMistakesInsteadOfAMatrix() throws Exception {
        Document page = parse(ReportPage.of(ManyClasses.input(1000)));

        assertThat(texts(page, "h3")).contains("Commonest mistakes").doesNotContain("Confusion");
        assertThat(page.getElementsByTagName("tr").getLength()).isLessThan(300);
    }

    @Test
    void controlCharactersAndHalfSurrogatesCannotBreakThePage() {
        assertThat(Html.escape("a\u0000b\uD83D\uDE00\uD83Dc\uFFFF")).isEqualTo("a\uFFFDb\uD83D\uDE00\uFFFDc\uFFFD");
    }

    private static Document parse(String page) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> texts(Document page, String tag) {
        List<String> texts = new ArrayList<>();
        NodeList nodes = page.getElementsByTagName(tag);
        for (int i = 0; i < nodes.getLength(); i++) {
            texts.add(nodes.item(i).getTextContent());
        }
        return texts;
    }
}
