package dev.convoke.data;

import dev.convoke.data.UndecodableImageException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/** Recognises files by their first bytes: the two formats that are decoded, and those worth naming in a refusal. */
final class Signatures {

    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    private static final Map<String, String> NAMED = Map.of(
            "GIF8", "GIF",
            "BM", "BMP",
            "II*\0", "TIFF",
            "MM\0*", "TIFF",
            "8BPS", "PSD",
            "\0\0\1\0", "ICO",
            "RIFF", "WebP or another RIFF file",
            "\0\0\0\fJXL ", "JPEG XL",
            "\0\0\0\fjP  ", "JPEG 2000");

    private Signatures() {}

    static boolean isJpeg(byte[] file) {
        return file.length >= 3 && (file[0] & 0xFF) == 0xFF && (file[1] & 0xFF) == 0xD8;
    }

    static boolean isPng(byte[] file) {
        return startsWith(file, PNG);
    }

    /** Says what a file that is neither JPEG nor PNG is. */
    static UndecodableImageException refusal(byte[] file) {
        for (Map.Entry<String, String> named : NAMED.entrySet()) {
            if (startsWith(file, named.getKey().getBytes(StandardCharsets.ISO_8859_1))) {
                return unsupported(named.getValue());
            }
        }
        if (file.length >= 12 && new String(file, 4, 4, StandardCharsets.ISO_8859_1).equals("ftyp")) {
            return unsupported("HEIC, AVIF or another ISO media file");
        }
        String start = new String(file, 0, Math.min(file.length, 256), StandardCharsets.ISO_8859_1)
                .strip()
                .toLowerCase(Locale.ROOT);
        if (start.startsWith("<svg") || (start.startsWith("<?xml") && start.contains("<svg"))) {
            return unsupported("SVG");
        }
        boolean jpegBegins = (file[0] & 0xFF) == 0xFF && (file.length == 1 || (file[1] & 0xFF) == 0xD8);
        if (isCutShort(file, PNG) || jpegBegins) {
            return new UndecodableImageException(Reason.TRUNCATED, "ends after " + file.length + " bytes");
        }
        String seen = start.startsWith("<!doctype html") || start.startsWith("<html") ? "an HTML page" : hex(file);
        return new UndecodableImageException(Reason.NOT_AN_IMAGE, "begins with " + seen);
    }

    private static UndecodableImageException unsupported(String name) {
        return new UndecodableImageException(
                Reason.UNSUPPORTED_FORMAT, name + "; only JPEG and PNG are read, convert it first");
    }

    private static boolean startsWith(byte[] file, byte[] signature) {
        return file.length >= signature.length && agree(file, signature, signature.length);
    }

    private static boolean isCutShort(byte[] file, byte[] signature) {
        return file.length < signature.length && agree(file, signature, file.length);
    }

    private static boolean agree(byte[] one, byte[] other, int length) {
        for (int i = 0; i < length; i++) {
            if (one[i] != other[i]) {
                return false;
            }
        }
        return true;
    }

    private static String hex(byte[] file) {
        StringBuilder text = new StringBuilder("bytes");
        for (int i = 0; i < Math.min(8, file.length); i++) {
            text.append(String.format(Locale.ROOT, " %02x", file[i] & 0xFF));
        }
        return text.toString();
    }
}
