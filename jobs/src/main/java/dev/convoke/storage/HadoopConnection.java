package dev.convoke.storage;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * One file system of one authority. Not taken from Hadoop's cache, which ignores time limits and which anyone in the
 * process may close.
 */
final class HadoopConnection implements Closeable {

    private final FileSystem files;
    /** Unlike {@link #files} it does not fill in the default host of an address such as {@code hdfs:///data}. */
    private final @Nullable FileContext context;

    private HadoopConnection(FileSystem files, @Nullable FileContext context) {
        this.files = files;
        this.context = context;
    }

    static HadoopConnection open(URI uri, Configuration configuration) throws IOException {
        FileSystem files = FileSystem.newInstance(uri, configuration);
        boolean hasContext = configuration.get("fs.AbstractFileSystem." + uri.getScheme() + ".impl") != null;
        return new HadoopConnection(
                files, hasContext ? FileContext.getFileContext(files.getUri(), configuration) : null);
    }

    FileSystem files() {
        return files;
    }

    /** Renames to a name that must not exist: never into a folder of that name, as plain rename does (HADOOP-11452). */
    void renameToFree(Path from, Path to) throws IOException {
        if (context != null) {
            context.rename(files.makeQualified(from), files.makeQualified(to), Options.Rename.NONE);
        } else {
            if (files.exists(to)) {
                throw new FileAlreadyExistsException(to.toString());
            }
            renamePlainly(from, to);
        }
    }

    void renameOver(Path from, Path to) throws IOException {
        if (context != null) {
            context.rename(files.makeQualified(from), files.makeQualified(to), Options.Rename.OVERWRITE);
        } else {
            // Without an atomic replacement there is no better way than this.
            files.delete(to, false);
            renamePlainly(from, to);
        }
    }

    private void renamePlainly(Path from, Path to) throws IOException {
        files.getFileStatus(from);
        if (!files.rename(from, to)) {
            throw new IOException("the file system refused the rename and gave no reason");
        }
    }

    /** Whether a rename that now fails was done by an earlier attempt whose answer was lost. */
    boolean renamedBefore(int attempt, IOException failure, Path from, Path to) throws IOException {
        Throwable meant = HadoopErrors.unwrap(failure);
        return attempt > 1
                && (meant instanceof FileNotFoundException || meant instanceof FileAlreadyExistsException)
                && !files.exists(from)
                && files.exists(to);
    }

    @Override
    public void close() throws IOException {
        files.close();
    }
}
