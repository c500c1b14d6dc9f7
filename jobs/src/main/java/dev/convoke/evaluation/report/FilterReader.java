package dev.convoke.evaluation.report;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.StateSample;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.evaluation.report.ReportInput.Filters;
import dev.convoke.storage.FileStore;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;

/** Draws the filters of a network's first convolution: what it has learnt to look for in the pixels. */
final class FilterReader {

    private static final int COLOURS = 3;
    private static final int COLUMNS = 16;
    private static final int MOST_VALUES = 1 << 20;

    private FilterReader() {}

    /** Returns the picture, or empty if the network does not begin with a convolution over colours. */
    static Optional<Filters> read(FileStore store, Checkpoint checkpoint) {
        List<Segment> segments = checkpoint.header().layout().segments();
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            if (segment.kind() != Kind.WEIGHT) {
                continue;
            }
            int filters = filters(segments, i);
            int side = filters == 0 ? 0 : (int) Math.round(Math.sqrt(segment.length() / (double) (COLOURS * filters)));
            if (side < 2 || side * side * COLOURS * filters != segment.length() || segment.length() > MOST_VALUES) {
                return Optional.empty();
            }
            try (StateSample sample = new StateSample(store, checkpoint)) {
                float[] values = sample.read(segment.offset(), segment.length(), segment.length());
                return Optional.of(new Filters(segment.layer(), filters, side, uri(draw(values, filters, side))));
            }
        }
        return Optional.empty();
    }

    /** The layout knows lengths, not shapes: a bias or the batch norm behind tells how many filters there are. */
    private static int filters(List<Segment> segments, int weight) {
        String layer = segments.get(weight).layer();
        for (Segment other : segments) {
            if (other.layer().equals(layer) && other.kind() == Kind.BIAS) {
                return other.length();
            }
        }
        for (Segment other : segments.subList(weight + 1, segments.size())) {
            if (other.kind() == Kind.GAMMA) {
                return other.length();
            }
        }
        return 0;
    }

    /** Each filter is stretched to the whole range of colours, grey in the middle. */
    private static BufferedImage draw(float[] values, int filters, int side) {
        int columns = Math.min(COLUMNS, filters);
        int rows = (filters + columns - 1) / columns;
        BufferedImage image =
                new BufferedImage(columns * (side + 1) + 1, rows * (side + 1) + 1, BufferedImage.TYPE_INT_ARGB);
        int area = side * side;
        for (int filter = 0; filter < filters; filter++) {
            int first = filter * COLOURS * area;
            float largest = 1e-12f;
            for (int i = 0; i < COLOURS * area; i++) {
                largest = Math.max(largest, Math.abs(values[first + i]));
            }
            for (int pixel = 0; pixel < area; pixel++) {
                int rgb = 0xFF;
                for (int colour = 0; colour < COLOURS; colour++) {
                    float value = values[first + colour * area + pixel] / largest;
                    rgb = rgb << 8 | Math.max(0, Math.min(255, Math.round(127.5f + 127.5f * value)));
                }
                int x = 1 + filter % columns * (side + 1) + pixel % side;
                int y = 1 + filter / columns * (side + 1) + pixel / side;
                image.setRGB(x, y, rgb);
            }
        }
        return image;
    }

    private static String uri(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("Writing a PNG to memory failed", e);
        }
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
