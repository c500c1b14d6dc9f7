package dev.convoke.shard;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.SeekableInput;
import java.io.IOException;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/** Lets Parquet read through a {@link FileStore}, wherever it likes. */
record ShardInput(FileStore store, Location file) implements InputFile {

    @Override
    public long getLength() throws IOException {
        try (SeekableInput in = store.open(file)) {
            return in.length();
        }
    }

    @Override
    public SeekableInputStream newStream() {
        SeekableInput in = store.open(file);
        return new DelegatingSeekableInputStream(in) {
            @Override
            public long getPos() throws IOException {
                return in.position();
            }

            @Override
            public void seek(long position) throws IOException {
                in.seek(position);
            }
        };
    }

    @Override
    public String toString() {
        return file.uri();
    }
}
