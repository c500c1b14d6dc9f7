package dev.convoke.storage;

import java.io.IOException;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.StreamCapabilities;

/** Writes a file of a Hadoop file system; its close waits for the disks where the file system can. */
final class HadoopOutput extends DurableOutput {

    private final Location file;
    private final FSDataOutputStream stream;
    private boolean open = true;

    HadoopOutput(Location file, FSDataOutputStream stream) {
        this.file = file;
        this.stream = stream;
    }

    @Override
    public long position() {
        return stream.getPos();
    }

    @Override
    public void write(int value) {
        try {
            stream.write(value);
        } catch (IOException e) {
            throw HadoopErrors.explain("write " + file, file, e);
        }
    }

    @Override
    public void write(byte[] source, int offset, int count) {
        try {
            stream.write(source, offset, count);
        } catch (IOException e) {
            throw HadoopErrors.explain("write " + file, file, e);
        }
    }

    @Override
    public void flush() {
        try {
            stream.flush();
        } catch (IOException e) {
            throw HadoopErrors.explain("write " + file, file, e);
        }
    }

    @Override
    public void close() {
        if (!open) {
            return;
        }
        open = false;
        IOException failure = null;
        try {
            if (stream.hasCapability(StreamCapabilities.HSYNC)) {
                stream.hsync();
            }
        } catch (IOException e) {
            failure = e;
        }
        try {
            stream.close();
        } catch (IOException e) {
            // HDFS throws the very same exception again, which cannot be suppressed by itself.
            failure = failure == null ? e : failure;
        }
        if (failure != null) {
            throw HadoopErrors.explain("write " + file, file, failure);
        }
    }
}
