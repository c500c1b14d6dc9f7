package dev.convoke.shard.ingest;

import dev.convoke.storage.Sha256;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * A digest over a set of inputs that does not depend on their order, so that parts of the set can be digested apart and
 * added. Immutable. It tells whether a source has changed; it is not made to withstand forgery.
 *
 * @param first 64 of its 256 bits
 * @param second the next
 * @param third the next
 * @param fourth the last
 */
public record Fingerprint(long first, long second, long third, long fourth) implements Serializable {

    private static final long serialVersionUID = 1L;

    /** No inputs. */
    public static final Fingerprint NONE = new Fingerprint(0, 0, 0, 0);

    /** Returns the fingerprint of one input: its path and the digest of its content. */
    public static Fingerprint of(String path, String sha256) {
        byte[] text = (path + '\0' + sha256).getBytes(StandardCharsets.UTF_8);
        String digest = Sha256.of(text);
        return new Fingerprint(word(digest, 0), word(digest, 16), word(digest, 32), word(digest, 48));
    }

    /** Returns the fingerprint that {@link #hex} wrote down. */
    public static Fingerprint ofHex(String hex) {
        return new Fingerprint(word(hex, 0), word(hex, 16), word(hex, 32), word(hex, 48));
    }

    private static long word(String digest, int start) {
        return HexFormat.fromHexDigitsToLong(digest, start, start + 16);
    }

    /** Returns the fingerprint of these inputs and others together. */
    public Fingerprint plus(Fingerprint other) {
        return new Fingerprint(first + other.first, second + other.second, third + other.third, fourth + other.fourth);
    }

    /** Returns 64 hexadecimal digits. */
    public String hex() {
        HexFormat format = HexFormat.of();
        return format.toHexDigits(first)
                + format.toHexDigits(second)
                + format.toHexDigits(third)
                + format.toHexDigits(fourth);
    }
}
