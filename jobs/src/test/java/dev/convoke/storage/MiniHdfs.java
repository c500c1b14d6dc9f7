package dev.convoke.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.jspecify.annotations.Nullable;

/**
 * A real HDFS in this JVM, started on first use (about 5 s) and shared by all tests: one NameNode, one DataNode. Each
 * test works in a folder of its own.
 */
public final class MiniHdfs {

    private static @Nullable MiniDFSCluster cluster;

    private MiniHdfs() {}

    /** Returns the address of the root folder, such as {@code hdfs://localhost:40123}. */
    public static Location root() {
        return new Location(cluster().getURI().toString());
    }

    /** Returns a client configuration whose default file system is this HDFS. */
    public static Configuration configuration() {
        Configuration configuration = new Configuration();
        configuration.set("fs.defaultFS", cluster().getURI().toString());
        return configuration;
    }

    /** Returns the cluster itself, for tests that take parts of it down; they put everything back. */
    public static synchronized MiniDFSCluster cluster() {
        if (cluster == null) {
            cluster = start(1);
        }
        return cluster;
    }

    /** Starts another HDFS, which the caller shuts down. */
    public static MiniDFSCluster start(int dataNodes) {
        try {
            Path folder = Files.createTempDirectory("convoke-mini-hdfs");
            Configuration configuration = new Configuration();
            configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.toString());
            configuration.set("dfs.replication", String.valueOf(dataNodes));
            configuration.set("dfs.namenode.safemode.extension", "0");
            configuration.set("dfs.heartbeat.interval", "1");
            MiniDFSCluster started = new MiniDFSCluster.Builder(configuration)
                    .numDataNodes(dataNodes)
                    .build();
            started.waitActive();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                started.shutdown();
                new LocalFileStore().delete(new Location("file:" + folder));
            }));
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException("The mini HDFS does not start: " + e.getMessage(), e);
        }
    }
}
