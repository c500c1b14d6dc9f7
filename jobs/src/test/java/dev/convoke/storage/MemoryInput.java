package dev.convoke.storage;

import java.io.EOFException;
import java.util.function.LongConsumer;

/** Reads an array. */
final class MemoryInput extends SeekableInput {

    private final byte[] content;
    private final LongConsumer given;
    private int position;

    /**
     * Reads from the first byte on.
     *
     * @param given is told how many bytes a reader got, each time
     */
    MemoryInput(byte[] content, LongConsumer given) {
        this.content = content;
        this.given = given;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public void seek(long target) throws EOFException {
        if (target < 0 || target > content.length) {
            throw new EOFException("Cannot seek to " + target + ": it has " + content.length + " bytes");
        }
        position = (int) target;
    }

    @Override
    public long length() {
        return content.length;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int count) {
        if (count == 0) {
            return 0;
        }
        int taken = Math.min(count, content.length - position);
        System.arraycopy(content, position, target, offset, Math.max(taken, 0));
        position += Math.max(taken, 0);
        given.accept(Math.max(taken, 0));
        return taken <= 0 ? -1 : taken;
    }
}
