package dev.convoke.storage;

import java.io.IOException;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * All stores there are: {@code file:} served by this JVM, everything else by the Hadoop client. Keep one for a process;
 * each has connections of its own.
 */
public final class HadoopFileStores implements FileStores, AutoCloseable {

    private final Configuration configuration;
    private final LocalFileStore local = new LocalFileStore();
    private final HadoopFileStore hadoop;

    /** Serves what the configuration and the class path know. */
    public HadoopFileStores(Configuration configuration) {
        this.configuration = new Configuration(configuration);
        this.hadoop = new HadoopFileStore(configuration);
    }

    @Override
    public FileStore of(Location location) {
        String scheme = location.scheme();
        if (scheme.equals("file")) {
            return local;
        }
        try {
            FileSystem.getFileSystemClass(scheme, configuration);
            return hadoop;
        } catch (UnsupportedFileSystemException e) {
            throw new UnknownSchemeException("Nothing here serves '" + scheme + ":' in " + location + "; served are "
                    + String.join(", ", served()) + "; add the file system's client jar for another one");
        } catch (IOException | RuntimeException e) {
            throw new UnknownSchemeException("The client of '" + scheme + ":' in " + location + " is not here ("
                    + e.getMessage() + "); add its jar, or use one of " + String.join(", ", served()));
        }
    }

    /** Ends all connections; files still open are lost. */
    @Override
    public void close() {
        hadoop.close();
    }

    private static Set<String> served() {
        Set<String> schemes = new TreeSet<>();
        for (FileSystem fileSystem : ServiceLoader.load(FileSystem.class)) {
            try {
                schemes.add(fileSystem.getScheme());
            } catch (UnsupportedOperationException e) {
                // It has no scheme of its own, but serves the one it is configured for.
                schemes.add(fileSystem.getClass().getSimpleName());
            }
        }
        return schemes;
    }
}
