package dev.convoke.shard.ingest;

import dev.convoke.data.ImageHeader;
import dev.convoke.data.ImageHeader.Format;
import java.util.HashMap;
import java.util.Map;

/** Counts what images are like, going by their headers. Not thread-safe. */
final class ImageFacts {

    private final Map<String, Map<String, Long>> counts = new HashMap<>();

    /** Counts one image as it came in. */
    void add(ImageHeader header) {
        add("format", header.format().name());
        add("coding", header.coding());
        add("mode", mode(header));
        add("orientation", header.orientation() == 1 ? "upright" : "turned by EXIF " + header.orientation());
        add("shorter side", side(Math.min(header.width(), header.height())));
        add("width : height", aspect((double) header.width() / header.height()));
    }

    private void add(String respect, String kind) {
        counts.computeIfAbsent(respect, key -> new HashMap<>()).merge(kind, 1L, Long::sum);
    }

    private static String mode(ImageHeader header) {
        String colours = switch (header.channels()) {
            case 1 -> header.palette() ? "palette" : "grey";
            case 2 -> "grey and alpha";
            case 3 -> "colour";
            default -> header.format() == Format.PNG ? "colour and alpha" : "CMYK";
        };
        return header.bits() > 8 ? colours + ", " + header.bits() + " bits" : colours;
    }

    private static String side(int pixels) {
        int lower = 32;
        while (lower * 2 <= pixels && lower < 4096) {
            lower *= 2;
        }
        return pixels < 32 ? "below 32" : lower == 4096 ? "4096 and more" : lower + " to " + (2 * lower - 1);
    }

    private static String aspect(double ratio) {
        if (ratio < 0.5) {
            return "below 1:2";
        }
        if (ratio < 0.75) {
            return "1:2 to 3:4";
        }
        if (ratio <= 4.0 / 3) {
            return "3:4 to 4:3";
        }
        return ratio <= 2 ? "4:3 to 2:1" : "above 2:1";
    }

    Tally tally() {
        return new Tally(counts);
    }
}
