package dev.convoke.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Our scripts as a distribution has them, beside a spark-submit that only repeats what it is given. */
final class FakeInstallation {

    private final Path folder;
    private final Map<String, String> environment = new TreeMap<>();

    /**
     * What a script has done.
     *
     * @param code it ended with
     * @param lines it printed; from the fake spark-submit one for each argument
     */
    record Done(int code, List<String> lines) {

        String lastOption(String name) {
            return lines.get(lines.lastIndexOf(name) + 1);
        }
    }

    FakeInstallation(Path folder) throws IOException {
        this.folder = folder;
        for (String part : List.of("bin", "conf", "conf/compose")) {
            Path to = Files.createDirectories(home().resolve(part));
            try (Stream<Path> files = Files.list(Path.of("..").resolve(part))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
        Files.createDirectories(home().resolve("lib"));
        for (String jar : List.of("convoke.jar", "lib/a.jar", "lib/b.jar")) {
            Files.createFile(home().resolve(jar));
        }
        spark("spark-core_2.12-3.5.9.jar");
        set("SPARK_HOME", folder.resolve("spark").toString());
        set("TMPDIR", Files.createDirectories(folder.resolve("tmp")).toString());
    }

    Path home() {
        return folder.resolve("home");
    }

    /** Where the fake spark-submit keeps a copy of the settings it was started with. */
    Path seenSettings() {
        return folder.resolve("seen");
    }

    void set(String variable, String value) {
        environment.put(variable, value);
    }

    void unset(String variable) {
        environment.remove(variable);
    }

    /** Puts another Spark in the place of the first. */
    void spark(String core) throws IOException {
        Path jars = Files.createDirectories(folder.resolve("spark/jars"));
        try (Stream<Path> old = Files.list(jars)) {
            for (Path jar : old.toList()) {
                Files.delete(jar);
            }
        }
        Files.createFile(jars.resolve(core));
        sparkSubmit("printf '%s\\n' \"$@\"");
    }

    /** Gives spark-submit something to do, after it has kept a copy of its settings. */
    void sparkSubmit(String commands) throws IOException {
        script(
                folder.resolve("spark/bin/spark-submit"),
                "rm -rf '" + seenSettings() + "'; cp -a \"$SPARK_CONF_DIR\" '" + seenSettings() + "'\n" + commands);
        script(folder.resolve("spark/bin/find-spark-home"), "export SPARK_HOME=$(cd \"$(dirname \"$0\")/..\"; pwd)");
    }

    /** Writes a script that can be executed. */
    void script(Path file, String commands) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/bash\n" + commands + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    Done submit(String... arguments) throws IOException, InterruptedException {
        return run(home().resolve("bin/convoke-submit").toString(), arguments);
    }

    Done run(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("env"));
        for (String foreign :
                List.of("CONVOKE_APP", "SPARK_HOME", "SPARK_CONF_DIR", "HADOOP_CONF_DIR", "CONVOKE_EXTRA_CONF")) {
            command.addAll(List.of("-u", foreign));
        }
        environment.forEach((variable, value) -> command.add(variable + "=" + value));
        command.add(program);
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Done(process.waitFor(), text.lines().toList());
    }
}
