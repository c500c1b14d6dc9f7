package dev.convoke.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes a cluster's settings: what {@code conf/} says, with this cluster's addresses and a secret of its own. Only the
 * user who started it can read them.
 */
final class ClusterConfiguration {

    private static final String SPARK = "spark-defaults.conf";
    private static final int SECRET_BYTES = 32;

    private final ClusterSettings settings;
    private final ClusterPorts ports;

    ClusterConfiguration(ClusterSettings settings, ClusterPorts ports) {
        this.settings = settings;
        this.ports = ports;
    }

    void write() {
        try {
            privateFolder(settings.state());
            privateFolder(settings.conf());
            privateFolder(settings.logs());
            Files.createDirectories(settings.data("spark"));
            replace("core-site.xml", site(core()));
            replace("hdfs-site.xml", site(hdfs()));
            Path base = settings.home().resolve("conf").resolve(SPARK);
            replace(SPARK, Files.readString(base) + "\n# This cluster's own.\n" + lines(spark(secret())));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot write the settings of the cluster in " + settings.conf() + ": " + e.getMessage()
                            + "; check the folder, or name another one with --state",
                    e);
        }
    }

    String hdfs(String path) {
        return "hdfs://" + ports.address("namenode.rpc") + path;
    }

    private Map<String, String> core() {
        return Map.of(
                "fs.defaultFS",
                hdfs(""),
                "hadoop.tmp.dir",
                settings.data("hadoop").toString());
    }

    private Map<String, String> hdfs() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("dfs.namenode.name.dir", "file://" + settings.data("namenode"));
        values.put("dfs.namenode.http-address", ports.address("namenode.web"));
        values.put("dfs.replication", String.valueOf(Math.min(2, settings.dataNodes())));
        values.put("dfs.permissions.enabled", "true");
        values.put("dfs.namenode.datanode.registration.ip-hostname-check", "false");
        values.put("dfs.datanode.hostname", "127.0.0.1");
        // With so few DataNodes nobody can stand in for a lost one, and its loss should show within seconds.
        values.put("dfs.client.block.write.replace-datanode-on-failure.best-effort", "true");
        values.put("dfs.namenode.safemode.extension", "0");
        values.put("dfs.heartbeat.interval", "1");
        values.put("dfs.namenode.heartbeat.recheck-interval", "5000");
        return values;
    }

    private Map<String, String> spark(String secret) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("spark.master", "spark://" + ports.address("master.rpc"));
        values.put("spark.authenticate.secret", secret);
        values.put("spark.driver.host", "127.0.0.1");
        values.put("spark.driver.bindAddress", "127.0.0.1");
        values.put("spark.executor.memory", "1g");
        values.put("spark.memory.offHeap.size", "512m");
        values.put("spark.executor.cores", String.valueOf(settings.cores()));
        values.put("spark.task.cpus", String.valueOf(settings.cores()));
        values.put("spark.eventLog.enabled", "true");
        values.put("spark.eventLog.dir", hdfs("/spark-events"));
        values.put("spark.history.fs.logDirectory", hdfs("/spark-events"));
        values.put("spark.history.fs.update.interval", "2s");
        values.put("spark.history.ui.port", String.valueOf(ports.of("history.web")));
        return values;
    }

    /** The secret stays the same while the cluster's folder does: executors of an earlier start may still be there. */
    private String secret() throws IOException {
        Path file = settings.state().resolve("secret");
        if (!Files.exists(file)) {
            byte[] bytes = new byte[SECRET_BYTES];
            new SecureRandom().nextBytes(bytes);
            write(file, HexFormat.of().formatHex(bytes));
        }
        return Files.readString(file).strip();
    }

    private void replace(String name, String content) throws IOException {
        write(settings.conf().resolve(name), content);
    }

    /** Nobody else may read a file for even a moment: it gets its mode before its content, and its name last. */
    private static void write(Path file, String content) throws IOException {
        Path temporary = Files.createTempFile(file.getParent(), ".tmp-", null);
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-------"));
        Files.write(temporary, content.getBytes(StandardCharsets.UTF_8));
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void privateFolder(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }

    private static String site(Map<String, String> values) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?>\n<configuration>\n");
        values.forEach((key, value) -> xml.append("  <property><name>")
                .append(escaped(key))
                .append("</name><value>")
                .append(escaped(value))
                .append("</value></property>\n"));
        return xml.append("</configuration>\n").toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String lines(Map<String, String> values) {
        StringBuilder text = new StringBuilder();
        values.forEach(
                (key, value) -> text.append(key).append(' ').append(value).append('\n'));
        return text.toString();
    }
}
