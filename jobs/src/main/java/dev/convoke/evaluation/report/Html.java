package dev.convoke.evaluation.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Writes HTML and inline SVG that is also well-formed XML. Every text and every attribute is escaped: names of classes
 * and files come from strangers.
 */
final class Html {

    /** What HTML and SVG close by themselves. */
    private static final Set<String> VOID = Set.of("meta", "img", "line", "path");

    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /** Opens an element; attributes are name, value, name, value, ... */
    Html open(String tag, String... attributes) {
        start(tag, attributes);
        out.append('>');
        open.push(tag);
        return this;
    }

    /** Closes the element opened last. */
    Html close() {
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    /** Writes an element that holds only text. */
    Html element(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close();
    }

    /**
     * Writes an element that can hold nothing, such as an image. Not for others: HTML leaves them open, whatever the
     * slash says.
     */
    Html empty(String tag, String... attributes) {
        if (!VOID.contains(tag)) {
            throw new IllegalArgumentException("A browser would not close <" + tag + "/>");
        }
        start(tag, attributes);
        out.append("/>");
        return this;
    }

    /** Writes text. */
    Html text(String text) {
        out.append(escape(text));
        return this;
    }

    /** Writes our own style sheet, which has nothing to escape and would not work escaped. */
    Html style(String css) {
        if (css.contains("<")) {
            throw new IllegalArgumentException("A style sheet with markup in it");
        }
        out.append("<style>").append(css).append("</style>");
        return this;
    }

    /** Returns the whole page. */
    String page() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("Not closed: " + open);
        }
        return "<!DOCTYPE html>\n" + out + "\n";
    }

    private void start(String tag, String... attributes) {
        out.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ')
                    .append(attributes[i])
                    .append("=\"")
                    .append(escape(attributes[i + 1]))
                    .append('"');
        }
    }

    /** Escapes what means something to HTML, and drops control characters, which XML cannot hold. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> {
                    boolean printable = c >= ' ' || c == '\n' || c == '\t';
                    escaped.append(printable && c < 0xFFFE && !brokenSurrogate(text, i) ? c : '\uFFFD');
                }
            }
        }
        return escaped.toString();
    }

    private static boolean brokenSurrogate(String text, int index) {
        char c = text.charAt(index);
        if (Character.isHighSurrogate(c)) {
            return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
        }
        return Character.isLowSurrogate(c) && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
    }
}
