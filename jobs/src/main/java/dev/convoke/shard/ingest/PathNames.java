package dev.convoke.shard.ingest;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** What the names of files and folders mean, and how the odd ones among them are written down. */
final class PathNames {

    private static final Set<String> IMAGE_ENDINGS = Set.of("jpg", "jpeg", "jpe", "png");

    /** What Windows, macOS, NAS boxes, Linux, Hadoop and Spark put beside people's files; in lower case. */
    private static final Set<String> LEFT_BEHIND = Set.of(
            "thumbs.db",
            "ehthumbs.db",
            "desktop.ini",
            "$recycle.bin",
            "system volume information",
            "__macosx",
            "@eadir",
            "lost+found",
            "_success",
            "_temporary",
            "_logs",
            "_metadata",
            "_common_metadata",
            "_spark_metadata",
            "_delta_log",
            "_committed",
            "_started");

    /** Jobs of Spark number these marks. */
    private static final Predicate<String> JOB_MARK =
            Pattern.compile("_(committed|started)_\\d+").asMatchPredicate();

    private PathNames() {}

    /**
     * Whether a name is one that systems leave behind and people do not see. An underscore alone hides nothing: cameras
     * begin names with it, and people do.
     */
    static boolean isHidden(String name) {
        return name.startsWith(".") || LEFT_BEHIND.contains(name.toLowerCase(Locale.ROOT)) || JOB_MARK.test(name);
    }

    /** Whether any part of a path is hidden. */
    static boolean hasHiddenPart(String path) {
        for (String part : path.split("/", -1)) {
            if (isHidden(part)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a name ends as images' names do. */
    static boolean looksLikeAnImage(String name) {
        return IMAGE_ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }

    /** Returns the name of a class from its escaped folder: one spelling of what looks the same. */
    static String className(String folder) {
        return Normalizer.normalize(folder, Normalizer.Form.NFC);
    }

    /**
     * Returns a path with everything that would break a line or an encoding written as %XX. Different paths stay
     * different.
     */
    static String escape(String path) {
        StringBuilder text = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            boolean paired = Character.isHighSurrogate(c)
                    && i + 1 < path.length()
                    && Character.isLowSurrogate(path.charAt(i + 1));
            if (paired) {
                text.append(c).append(path.charAt(++i));
            } else if (c == '%' || Character.isISOControl(c)) {
                text.append(String.format(Locale.ROOT, "%%%02X", (int) c));
            } else if (Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
                text.append(String.format(Locale.ROOT, "%%u%04X", (int) c));
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }
}
