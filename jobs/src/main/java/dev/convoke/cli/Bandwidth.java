package dev.convoke.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A bandwidth as people write it. */
final class Bandwidth {

    private static final Pattern WRITTEN = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([GM])b(?:/s|it|it/s)?");

    private Bandwidth() {}

    /**
     * Returns bytes a second.
     *
     * @param text such as {@code 10Gb} or {@code 100Mb}: bits a second
     */
    static double bytesPerSecond(String text) {
        Matcher matcher = WRITTEN.matcher(text.strip());
        if (!matcher.matches() || Double.parseDouble(matcher.group(1)) <= 0) {
            throw new UsageException("--bandwidth " + text + ": write bits a second, such as 10Gb or 100Mb");
        }
        double scale = matcher.group(2).toUpperCase(Locale.ROOT).equals("G") ? 1e9 : 1e6;
        return Double.parseDouble(matcher.group(1)) * scale / 8;
    }
}
