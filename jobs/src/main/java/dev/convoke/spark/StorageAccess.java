package dev.convoke.spark;

import dev.convoke.storage.FileStores;
import dev.convoke.storage.HadoopFileStores;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;

/**
 * The driver's way to storage, made to travel to executors: what its Hadoop configuration says beyond the defaults.
 * Each process opens its connections once and keeps them. Safe for use by many threads; prints no settings, because
 * some are secrets.
 */
public final class StorageAccess implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Connections of this process by settings; they are as long-lived as the process, and tasks come and go. */
    private static final Map<Map<String, String>, FileStores> OPEN = new ConcurrentHashMap<>();

    private final TreeMap<String, String> settings;

    private StorageAccess(Map<String, String> settings) {
        this.settings = new TreeMap<>(settings);
    }

    /** Remembers what a configuration says beyond Hadoop's own defaults; later changes to it are not seen. */
    public static StorageAccess of(Configuration configuration) {
        TreeMap<String, String> settings = new TreeMap<>();
        for (Map.Entry<String, String> entry : configuration) {
            String[] sources = configuration.getPropertySources(entry.getKey());
            boolean isDefault = sources != null && sources.length > 0 && sources[0].endsWith("-default.xml");
            if (!isDefault) {
                settings.put(entry.getKey(), entry.getValue());
            }
        }
        return new StorageAccess(settings);
    }

    /** Returns the storage that the Hadoop configuration on the class path reaches, for verbs that need no Spark. */
    public static StorageAccess ofClassPath() {
        return of(new Configuration());
    }

    /** Returns the storage that jobs with these settings of Spark reach, before there is a context. */
    public static StorageAccess of(SparkConf conf) {
        return of(SparkHadoopUtil.get().newConfiguration(conf));
    }

    /** Returns this process's stores under these settings; not to be closed. */
    public FileStores stores() {
        return OPEN.computeIfAbsent(settings, StorageAccess::open);
    }

    @Override
    public String toString() {
        return "storage with " + settings.size() + " settings";
    }

    private static FileStores open(Map<String, String> settings) {
        Configuration configuration = new Configuration();
        settings.forEach(configuration::set);
        return new HadoopFileStores(configuration);
    }
}
