package dev.convoke.shard;

import dev.convoke.storage.SeekableInput;
import java.io.EOFException;
import java.io.IOException;
import java.util.zip.CRC32C;

/** Reading exactly so many bytes, and their checksum. */
final class Reading {

    private Reading() {}

    static byte[] bytes(SeekableInput in, int count) throws IOException {
        byte[] bytes = new byte[count];
        int read = in.readNBytes(bytes, 0, count);
        if (read < count) {
            throw new EOFException("ends " + (count - read) + " bytes early");
        }
        return bytes;
    }

    static int crc32c(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, bytes.length);
        return (int) checksum.getValue();
    }
}
