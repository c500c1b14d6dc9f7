package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.storage.Location;
import dev.convoke.storage.UnknownSchemeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.util.Utils;
import org.junit.jupiter.api.Test;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** What conf/ and docker-compose.yml give to everybody who changes nothing. */
class SecureDefaultsTest {

    private static final Path ROOT = Path.of("..");

    @Test
    void everythingOnTheWireAndOnLocalDisksIsEncryptedAndTheOpenDoorsAreShut() throws IOException {
        assertThat(defaults())
                .containsEntry("spark.authenticate", "true")
                .containsEntry("spark.network.crypto.enabled", "true")
                .containsEntry("spark.network.crypto.cipher", "AES/GCM/NoPadding")
                .containsEntry("spark.io.encryption.enabled", "true")
                .containsEntry("spark.master.rest.enabled", "false")
                .containsEntry("spark.acls.enable", "true")
                .containsEntry("spark.hadoop.fs.permissions.umask-mode", "077");
    }

    @Test
    void twelveKindsOfSecretsAreRedactedAndOrdinarySettingsAreNot() throws IOException {
        List<String> secrets = List.of(
                "spark.authenticate.secret",
                "spark.ssl.keyPassword",
                "spark.ssl.trustStorePassword",
                "spark.hadoop.fs.s3a.access.key",
                "spark.hadoop.fs.s3a.secret.key",
                "spark.hadoop.fs.s3a.session.token",
                "spark.hadoop.fs.azure.account.key.mine.dfs.core.windows.net",
                "spark.hadoop.fs.azure.sas.container.mine.blob.core.windows.net",
                "spark.hadoop.fs.gs.auth.service.account.private.key",
                "spark.kerberos.keytab",
                "spark.executorEnv.AWS_SECRET_ACCESS_KEY",
                "spark.executorEnv.SOME_API_KEY");
        List<String> ordinary = List.of(
                "spark.executor.memory",
                "spark.master",
                "spark.eventLog.dir",
                "spark.hadoop.fs.defaultFS",
                "spark.executor.resource.gpu.amount",
                "spark.task.cpus");

        assertThat(redacted(secrets)).hasSize(12).allMatch(shown -> shown.equals("*********(redacted)"));
        assertThat(redacted(ordinary)).allMatch(shown -> shown.equals("value"));
    }

    @Test
    void anAddressWithAPasswordIsRefusedWithoutRepeatingIt() {
        assertThatThrownBy(() -> Location.parse("s3a://AKIA123:verysecret@bucket/data"))
                .isInstanceOf(UnknownSchemeException.class)
                .hasMessageContaining("s3a://")
                .hasMessageContaining("write it without")
                .hasMessageNotContaining("verysecret");
        assertThat(Location.parse("hdfs://namenode:8020/runs/a@b").name()).isEqualTo("a@b");
    }

    @Test
    void composePublishesOnTheLoopbackOnlyAndRunsNobodyAsRoot() throws IOException {
        String compose = Files.readString(ROOT.resolve("docker-compose.yml"));

        Matcher ports = Pattern.compile("ports: \\[\"([^\"]+)\"\\]").matcher(compose);
        int published = 0;
        while (ports.find()) {
            published++;
            assertThat(ports.group(1)).startsWith("127.0.0.1:");
        }
        assertThat(published).isEqualTo(3).isEqualTo(compose.split("ports:", -1).length - 1);
        assertThat(compose)
                .contains("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "user: \"10000:10000\"")
                .doesNotContainPattern("(?i)(secret|password)\\s*[:=]\\s*[0-9a-f]{8}");
        assertThat(ROOT.resolve("Dockerfile")).content().contains("FROM debian:bookworm-slim", "\nUSER convoke\n");
    }

    private static Properties defaults() throws IOException {
        Properties properties = new Properties();
        try (BufferedReader reader = Files.newBufferedReader(ROOT.resolve("conf/spark-defaults.conf"))) {
            properties.load(reader);
        }
        return properties;
    }

    /** Returns what Spark shows of each key's value: in its event log, its pages and its logs. */
    private static List<String> redacted(List<String> keys) throws IOException {
        SparkConf conf = new SparkConf(false);
        defaults().forEach((key, value) -> conf.set(key.toString(), value.toString()));
        Seq<Tuple2<String, String>> pairs = JavaConverters.asScalaBuffer(
                        keys.stream().map(key -> new Tuple2<>(key, "value")).toList())
                .toSeq();
        return JavaConverters.seqAsJavaList(Utils.redact(conf, pairs)).stream()
                .map(Tuple2::_2)
                .toList();
    }
}
