package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What bin/convoke-submit makes of its arguments; a spark-submit that only repeats them stands in for Spark's. */
class SubmitScriptTest {

    @TempDir
    private Path folder;

    private final List<String> environment = new ArrayList<>();

    @BeforeEach
    void install() throws IOException {
        for (String part : List.of("bin", "conf")) {
            Path to = Files.createDirectories(folder.resolve("home").resolve(part));
            try (Stream<Path> files = Files.list(Path.of("..").resolve(part))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
        Files.createDirectories(folder.resolve("home/lib"));
        for (String jar : List.of("convoke.jar", "lib/a.jar", "lib/b.jar")) {
            Files.createFile(folder.resolve("home").resolve(jar));
        }
        spark("spark-core_2.12-3.5.9.jar");
    }

    @Test
    void optionsGoToSparkAndTheVerbWithItsArgumentsToUs() throws Exception {
        Done done = submit(
                "--master", "spark://m:7077", "--conf=a.b=c", "--supervise", "train", "recipe.yaml", "--set", "seed=2");

        String home = "file:" + folder.resolve("home");
        assertThat(done.code).isZero();
        assertThat(done.lines.subList(0, done.lines.size() - 1))
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
            Done done = submit(Stream.concat(given.stream(), Stream.of("train", "recipe.yaml"))
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
        Files.writeString(folder.resolve("home/conf/spark-defaults.conf"), lines);

        Done byDefault = submit("train", "recipe.yaml");
        Done byOption = submit("--properties-file", elsewhere.toString(), "train", "recipe.yaml");
        Done overruled = submit("--deploy-mode", "client", "train", "recipe.yaml");

        assertThat(byDefault.lastOption("--driver-java-options"))
                .startsWith("--add-opens")
                .endsWith(" -De=f -Dg=h");
        assertThat(byOption.lastOption("--driver-java-options"))
                .isEqualTo(byDefault.lastOption("--driver-java-options"));
        assertThat(overruled.lines).doesNotContain("--driver-java-options");
    }

    @Test
    void settingsWithoutADefaultsFileAreEnough() throws Exception {
        Files.delete(folder.resolve("home/conf/spark-defaults.conf"));

        Done done = submit("--deploy-mode", "cluster", "train", "recipe.yaml");

        assertThat(done.code).isZero();
        assertThat(done.lines).contains("train", "recipe.yaml");
    }

    @Test
    void theSecretIsInASettingsFileOfThisUserAndInNoArgument() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "0123abcd");
        environment.add("CONVOKE_SECRET_FILE=" + secret);

        Done done = submit("train", "recipe.yaml");

        Path conf = Path.of(done.lines.get(done.lines.size() - 1)).resolve("spark-defaults.conf");
        assertThat(String.join(" ", done.lines)).doesNotContain("0123abcd");
        assertThat(conf)
                .content()
                .contains("spark.authenticate.secret 0123abcd")
                .contains("AES/GCM/NoPadding");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(conf)))
                .isEqualTo("rw-------");
        assertThat(conf.resolveSibling("core-site.xml")).exists();
    }

    @Test
    void whatIsMissingIsNamedBeforeSparkStarts() throws Exception {
        assertThat(submit("--master", "local").lines).singleElement().asString().contains("no verb given");
        environment.add("CONVOKE_SECRET_FILE=" + folder.resolve("nowhere"));
        Done unreadable = submit("train", "recipe.yaml");
        assertThat(unreadable.lines).singleElement().asString().contains("nowhere cannot be read");
        assertThat(unreadable.code).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void aSparkForAnotherScalaIsRefusedByItsName() throws Exception {
        spark("spark-core_2.13-4.0.1.jar");

        Done done = submit("train", "recipe.yaml");

        assertThat(done.code).isEqualTo(ExitCode.USAGE.number());
        assertThat(done.lines)
                .singleElement()
                .asString()
                .contains("spark-core_2.13-4.0.1.jar")
                .contains("Spark 3.5 with Scala 2.12");
    }

    private record Done(int code, List<String> lines) {

        String lastOption(String name) {
            return lines.get(lines.lastIndexOf(name) + 1);
        }
    }

    private void spark(String core) throws IOException {
        Path home = folder.resolve("spark");
        Path jars = Files.createDirectories(home.resolve("jars"));
        try (Stream<Path> old = Files.list(jars)) {
            for (Path jar : old.toList()) {
                Files.delete(jar);
            }
        }
        Files.createFile(jars.resolve(core));
        Path script = Files.createDirectories(home.resolve("bin")).resolve("spark-submit");
        Files.writeString(script, "#!/bin/bash\nprintf '%s\\n' \"$@\" \"$SPARK_CONF_DIR\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Done submit(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("env", "-u", "CONVOKE_APP", "-u", "SPARK_CONF_DIR"));
        command.addAll(environment);
        command.add("TMPDIR=" + folder);
        command.add("SPARK_HOME=" + folder.resolve("spark"));
        command.add(folder.resolve("home/bin/convoke-submit").toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Done(process.waitFor(), text.lines().toList());
    }
}
