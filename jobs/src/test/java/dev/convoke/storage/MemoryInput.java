package dev.convoke.storage;

import java.io.EOFException;

/** Reads an array. */
final class MemoryInput extends SeekableInput {

    private final byte[] content;
    private int position;

    MemoryInput(byte[] content) {
        this.content = content;
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
        return position < content.length ? content[position++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int count) {
        if (count == 0) {
            return 0;
        }
        int taken = Math.min(count, content.length - position);
        System.arraycopy(content, position, target, offset, Math.max(taken, 0));
        position += Math.max(taken, 0);
        return taken <= 0 ? -1 : taken;
    }
}
