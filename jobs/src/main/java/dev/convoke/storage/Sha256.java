package dev.convoke.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 digests as the lower-case hexadecimal text that every manifest stores. An instance takes bytes piece by piece
 * and is not thread-safe; the static methods are.
 */
public final class Sha256 {

    private static final int CHUNK = 1 << 16;

    private final MessageDigest digest;

    /** Starts with no bytes. */
    public Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This JVM has no SHA-256, which every Java platform must have", e);
        }
    }

    /** Returns the digest of an array, 64 characters. */
    public static String of(byte[] bytes) {
        return new Sha256().update(bytes, 0, bytes.length).hex();
    }

    /** Returns the digest of everything a stream still holds; does not close it. */
    public static String of(InputStream input) {
        Sha256 sha256 = new Sha256();
        byte[] chunk = new byte[CHUNK];
        try {
            for (int read = input.read(chunk); read >= 0; read = input.read(chunk)) {
                sha256.update(chunk, 0, read);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the bytes to be digested: " + e.getMessage(), e);
        }
        return sha256.hex();
    }

    /** Returns the digest of a whole file. */
    public static String of(FileStore store, Location file) {
        try (InputStream input = store.open(file)) {
            return of(input);
        } catch (IOException e) {
            throw new StorageException("Cannot read " + file + " for its digest: " + e.getMessage(), e);
        }
    }

    /** Adds part of an array. */
    public Sha256 update(byte[] bytes, int offset, int length) {
        digest.update(bytes, offset, length);
        return this;
    }

    /** Adds a buffer's bytes from its position to its limit. */
    public Sha256 update(ByteBuffer bytes) {
        digest.update(bytes);
        return this;
    }

    /** Returns the digest of all bytes added and starts again with none. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
