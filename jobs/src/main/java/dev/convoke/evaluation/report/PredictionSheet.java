package dev.convoke.evaluation.report;

import dev.convoke.data.Example;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.PredictedExample;
import dev.convoke.evaluation.PredictedExample.Guess;
import dev.convoke.shard.ExampleGroups;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Examples with what the network takes them for, on one picture.
 *
 * @param jpeg the picture
 * @param width in pixels
 * @param height in pixels
 */
@SuppressWarnings("ArrayRecordComponent") // handed on as it is, never compared
public record PredictionSheet(byte[] jpeg, int width, int height) {

    private static final Logger LOG = LoggerFactory.getLogger(PredictionSheet.class);
    private static final int COLUMNS = 4;
    private static final int SIDE = 160;
    private static final int GAP = 8;
    private static final int CAPTION = 34;
    private static final Color RIGHT = new Color(0x16, 0x80, 0x57);
    private static final Color WRONG = new Color(0xC8, 0x36, 0x38);

    /** Returns whether this Java can draw text, which takes a font; says what to install if it cannot. */
    public static boolean canDraw() {
        try {
            FontRenderContext context = new FontRenderContext(null, true, true);
            return new Font(Font.SANS_SERIF, Font.PLAIN, 13)
                            .getStringBounds("a", context)
                            .getWidth()
                    > 0;
        } catch (LinkageError | InternalError | RuntimeException noFont) {
            // Java has no exception of its own for this, and never recovers from it.
            LOG.warn(
                    "No examples for TensorBoard, this Java has no font: install fontconfig and fonts-dejavu-core",
                    noFont);
            return false;
        }
    }

    /**
     * Draws examples with their class below, and what they were taken for.
     *
     * @param examples at least one
     * @param groups of the split that was evaluated
     * @throws dev.convoke.shard.DamagedDatasetException if an image cannot be read
     */
    public static PredictionSheet of(EvaluationReport report, List<PredictedExample> examples, ExampleGroups groups) {
        int columns = Math.min(COLUMNS, examples.size());
        int rows = (examples.size() + COLUMNS - 1) / COLUMNS;
        BufferedImage sheet = new BufferedImage(
                GAP + columns * (SIDE + GAP), GAP + rows * (SIDE + CAPTION + GAP), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        Map<Integer, List<Example>> read = new HashMap<>();
        for (int i = 0; i < examples.size(); i++) {
            PredictedExample example = examples.get(i);
            byte[] encoded = read.computeIfAbsent(example.group(), groups::read)
                    .get(example.row())
                    .encoded();
            int x = GAP + i % COLUMNS * (SIDE + GAP);
            int y = GAP + i / COLUMNS * (SIDE + CAPTION + GAP);
            draw(graphics, ImageData.square(encoded, SIDE), x, y);
            caption(graphics, report, example, x, y + SIDE);
        }
        graphics.dispose();
        return new PredictionSheet(jpeg(sheet), sheet.getWidth(), sheet.getHeight());
    }

    private static void draw(Graphics2D graphics, BufferedImage image, int x, int y) {
        graphics.drawImage(image, x, y, null);
    }

    private static void caption(Graphics2D graphics, EvaluationReport report, PredictedExample example, int x, int y) {
        Guess guess = example.guesses().get(0);
        graphics.setClip(x, y, SIDE, CAPTION);
        graphics.setColor(Color.BLACK);
        graphics.drawString(name(report, example.label()), x, y + 14);
        graphics.setColor(example.correct() ? RIGHT : WRONG);
        graphics.drawString(
                String.format(Locale.ROOT, "%.0f %% %s", 100 * guess.probability(), name(report, guess.label())),
                x,
                y + 30);
        graphics.setClip(null);
    }

    private static String name(EvaluationReport report, int label) {
        return report.classes().get(label).name();
    }

    private static byte[] jpeg(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "jpeg", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("Writing a JPEG to memory failed", e);
        }
        return bytes.toByteArray();
    }
}
