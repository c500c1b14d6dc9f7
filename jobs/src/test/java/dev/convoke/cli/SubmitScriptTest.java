package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.convoke.cli.FakeInstallation.Done;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What bin/convoke-submit makes of its arguments; a spark-submit that only repeats them stands in for Spark's. */
class SubmitScriptTest {

    @TempDir
    private Path folder;

    private FakeInstallation installed;

    @BeforeEach
    void install() throws IOException {
        installed = new FakeInstallation(folder);
    }

    @Test
    void optionsGoToSparkAndTheVerbWithItsArgumentsToUs() throws Exception {
        Done done = installed.submit(
                "--master", "spark://m:7077", "--conf=a.b=c", "--supervise", "train", "recipe.yaml", "--set", "seed=2");

        String home = "file:" + installed.home();
        assertThat(done.code()).isZero();
        assertThat(done.lines())
                .containsExactly(
                        "--class",
                        "dev.convoke.cli.Main",
                        "--jars",
                        home + "/lib/a.jar," + home + "/lib/b.jar",
                        "--master",
                        "spark://m:7077",
                        "--conf=a.b=c",
                        "--supervise",
                        home + "/convoke.jar",
                        "train",
                        "recipe.yaml",
                        "--set",
                        "seed=2");
    }

    @Test
    void aDriverOnTheClusterGetsWhatJavaMustOpenBeforeItsOwnOptions() throws Exception {
        for (List<String> given : List.of(
                List.of("--deploy-mode", "cluster", "--conf", "spark.driver.extraJavaOptions=-Da=b -Dc=d"),
                List.of("--deploy-mode=cluster", "--driver-java-options", "-Da=b -Dc=d"),
                List.of(
                        "--conf",
                        "spark.submit.deployMode=cluster",
                        "--conf=spark.driver.extraJavaOptions=-Da=b -Dc=d"),
                List.of("-c", "spark.submit.deployMode=cluster", "-c", "spark.driver.extraJavaOptions=-Da=b -Dc=d"))) {
            Done done = installed.submit(Stream.concat(given.stream(), Stream.of("train", "recipe.yaml"))
                    .toArray(String[]::new));

            assertThat(done.lastOption("--driver-java-options"))
                    .contains("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED")
                    .endsWith(" -Da=b -Dc=d");
        }
    }

    @Test
    void theSettingsFileMaySayWhereTheDriverRunsAndWithWhat() throws Exception {
        String lines = "spark.submit.deployMode  cluster \nspark.driver.extraJavaOptions = -De=f -Dg=h\n";
        Path elsewhere = Files.writeString(folder.resolve("mine.conf"), lines);
        Files.writeString(installed.home().resolve("conf/spark-defaults.conf"), lines);

        Done byDefault = installed.submit("train", "recipe.yaml");
        Done byOption = installed.submit("--properties-file", elsewhere.toString(), "train", "recipe.yaml");
        Done overruled = installed.submit("--deploy-mode", "client", "train", "recipe.yaml");

        assertThat(byDefault.lastOption("--driver-java-options"))
                .startsWith("--add-opens")
                .endsWith(" -De=f -Dg=h");
        assertThat(byOption.lastOption("--driver-java-options"))
                .isEqualTo(byDefault.lastOption("--driver-java-options"));
        assertThat(overruled.lines()).doesNotContain("--driver-java-options");
    }

    @Test
    void settingsWithoutADefaultsFileAreEnough() throws Exception {
        Files.delete(installed.home().resolve("conf/spark-defaults.conf"));

        Done done = installed.submit("--deploy-mode", "cluster", "train", "recipe.yaml");

        assertThat(done.code()).isZero();
        assertThat(done.lines()).contains("train", "recipe.yaml");
    }

    @Test
    void theSecretIsInASettingsFileOfThisUserAndInNoArgument() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "0123abcd");
        installed.set("CONVOKE_SECRET_FILE", secret.toString());

        Done done = installed.submit("train", "recipe.yaml");

        Path conf = installed.seenSettings().resolve("spark-defaults.conf");
        assertThat(String.join(" ", done.lines())).doesNotContain("0123abcd");
        assertThat(conf)
                .content()
                .contains("spark.authenticate.secret 0123abcd")
                .contains("AES/GCM/NoPadding");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(conf)))
                .isEqualTo("rw-------");
        assertThat(conf.resolveSibling("log4j2.xml")).exists();
        await().until(() -> isEmpty(folder.resolve("tmp")));
    }

    @Test
    void whatIsMissingIsNamedBeforeSparkStarts() throws Exception {
        assertThat(installed.submit("--master", "local").lines())
                .singleElement()
                .asString()
                .contains("no verb given");
        installed.set("CONVOKE_SECRET_FILE", folder.resolve("nowhere").toString());
        Done unreadable = installed.submit("train", "recipe.yaml");
        assertThat(unreadable.lines()).singleElement().asString().contains("nowhere cannot be read");
        assertThat(unreadable.code()).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void aSparkForAnotherScalaIsRefusedByItsName() throws Exception {
        installed.spark("spark-core_2.13-4.0.1.jar");

        Done done = installed.submit("train", "recipe.yaml");

        assertThat(done.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(done.lines())
                .singleElement()
                .asString()
                .contains("spark-core_2.13-4.0.1.jar")
                .contains("Spark 3.5 with Scala 2.12");
    }

    @Test
    void theSparkOfThePathIsLookedAtToo() throws Exception {
        installed.spark("spark-core_2.13-4.0.1.jar");
        installed.unset("SPARK_HOME");
        installed.set("PATH", folder.resolve("spark/bin") + ":" + System.getenv("PATH"));

        Done other = installed.submit("train", "recipe.yaml");
        installed.spark("spark-core_2.12-3.5.1.jar");
        Done right = installed.submit("train", "recipe.yaml");

        assertThat(other.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(other.lines()).singleElement().asString().contains("spark-core_2.13-4.0.1.jar");
        assertThat(right.lines()).endsWith("train", "recipe.yaml");
    }

    @Test
    void aSitesOwnSettingsStayWholeBesideFurtherOnesAndTheSecret() throws Exception {
        Path site = Files.createDirectories(folder.resolve("site"));
        Files.writeString(site.resolve("spark-defaults.conf"), "spark.authenticate true");
        Files.writeString(site.resolve("metrics.properties"), "*.sink.jmx.class=none");
        Path secret = Files.writeString(folder.resolve("secret"), "0123abcd");
        installed.set("SPARK_CONF_DIR", site.toString());
        installed.set("CONVOKE_SECRET_FILE", secret.toString());
        installed.set(
                "CONVOKE_EXTRA_CONF",
                Files.writeString(folder.resolve("more.conf"), "spark.a b").toString());

        Done done = installed.submit("train", "recipe.yaml");

        assertThat(done.code()).isZero();
        assertThat(installed.seenSettings().resolve("spark-defaults.conf"))
                .content()
                .hasLineCount(3)
                .startsWith("spark.authenticate true\nspark.a b\nspark.authenticate.secret 0123abcd");
        assertThat(installed.seenSettings().resolve("metrics.properties")).exists();
        assertThat(site).isDirectoryNotContaining(file -> file.endsWith("core-site.xml"));
    }

    @Test
    void hadoopsSettingsAreTheSitesOwnAndNeverThoseOfTheMiniCluster() throws Exception {
        installed.sparkSubmit("echo \"${HADOOP_CONF_DIR:-none}\"");

        Done none = installed.submit("train", "recipe.yaml");
        installed.set("HADOOP_CONF_DIR", "/etc/hadoop/conf");
        Done given = installed.submit("train", "recipe.yaml");
        installed.unset("HADOOP_CONF_DIR");
        Path site = Files.createDirectories(folder.resolve("site"));
        Files.writeString(site.resolve("core-site.xml"), "<configuration/>");
        installed.set("SPARK_CONF_DIR", site.toString());
        Done beside = installed.submit("train", "recipe.yaml");

        assertThat(none.lines()).containsExactly("none");
        assertThat(given.lines()).containsExactly("/etc/hadoop/conf");
        assertThat(beside.lines()).containsExactly(site.toString());
    }

    @Test
    void onKubernetesTheImagesOwnJarIsNamedAndElsewhereAFile() throws Exception {
        installed.set("CONVOKE_APP", "local:" + installed.home());

        Done pod = installed.submit("--master", "k8s://https://api:6443", "--deploy-mode", "cluster", "train", "r");
        Done worker = installed.submit("--master", "spark://m:7077", "--deploy-mode", "cluster", "train", "r");

        assertThat(pod.lines()).contains("local:" + installed.home() + "/convoke.jar");
        assertThat(worker.lines()).contains("file:" + installed.home() + "/convoke.jar");
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.findAny().isEmpty();
        }
    }
}
