package dev.convoke.drill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.drill.RunningCluster.Done;
import dev.convoke.training.InProcessRoundRunner;
import dev.convoke.training.TrainedRun;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spark's resource scheduling end to end, with GPUs that are only pretended: two workers, one address each. */
class GpuDrill {

    private static final Pattern NOTE = Pattern.compile("gpu-(\\d+)-executor-(\\d+)-task-\\d+");

    @TempDir
    private Path folder;

    @Test
    void everyWorkerComputesOnAGpuOfItsOwnAndWithoutEnoughOfThemNothingStarts() throws IOException {
        Path notes = Files.createDirectories(folder.resolve("notes"));
        try (RunningCluster cluster = RunningCluster.start(folder, 1)) {
            Done trained = cluster.submit(rehearsal(notes, "1"));

            assertThat(trained.code()).as(trained.text()).isZero();
            assertThat(trained.text()).contains("DIGEST " + undisturbed());
            List<String> names = names(notes);
            assertThat(names.stream().map(name -> part(name, 1)).collect(Collectors.toSet()))
                    .containsExactlyInAnyOrder("0", "1");
            assertThat(names.stream()
                            .map(name -> part(name, 1) + " in " + part(name, 2))
                            .collect(Collectors.toSet()))
                    .as("each executor has one address for good")
                    .hasSize(2);

            tooFew(cluster);
            theRealEngineNeverComputesOnACpu(cluster);
        }
    }

    /** The two workers have one GPU each; a recipe of three workers waits for a third, then ends. */
    private void tooFew(RunningCluster cluster) throws IOException {
        PhotographFolder.write(folder.resolve("images"), 7, 40);
        assertThat(cluster.submit(
                                "shard",
                                "--source",
                                folder.resolve("images").toString(),
                                "--out",
                                cluster.hdfs("/data/mine"),
                                "--validation-fraction",
                                "0.3",
                                "--max-quarantine-rate",
                                "0.5")
                        .code())
                .isZero();
        Done refused = cluster.submit(train(cluster, "few", "workers=3", "1"));

        assertThat(refused.code()).as(refused.text()).isEqualTo(4);
        assertThat(refused.lastWords())
                .singleElement()
                .asString()
                .contains("3 workers need a GPU each")
                .contains("granted 2");
        assertThat(cluster.json("/runs/few/run.json").get("exit_code").asInt()).isEqualTo(4);

        Done unasked = cluster.submit(train(cluster, "unasked", "workers=2"));

        assertThat(unasked.code()).as(unasked.text()).isEqualTo(2);
        assertThat(unasked.lastWords())
                .singleElement()
                .asString()
                .contains("spark.task.resource.gpu.amount is not set");
    }

    /** The cards are pretended, so the CUDA engine must say that it has none, whatever Spark granted. */
    private static void theRealEngineNeverComputesOnACpu(RunningCluster cluster) {
        Done refused = cluster.submit(train(cluster, "cuda", "workers=2", "1"));

        assertThat(refused.code()).as(refused.text()).isEqualTo(2);
        assertThat(refused.lastWords()).singleElement().asString().contains("libcudart.so.13");
        assertThat(cluster.json("/runs/cuda/run.json").get("message").asText()).contains("libcudart.so.13");
    }

    private static String[] train(RunningCluster cluster, String run, String workers, String... gpus) {
        List<String> command = new ArrayList<>(List.of("--conf", "spark.convoke.clusterPatience=20s"));
        for (String amount : gpus) {
            command.addAll(List.of(
                    "--conf",
                    "spark.executor.resource.gpu.amount=" + amount,
                    "--conf",
                    "spark.task.resource.gpu.amount=" + amount));
        }
        command.addAll(List.of(PipelineDrill.train(cluster, run)));
        command.addAll(List.of("--set", "engine=cuda", "--set", workers));
        return command.toArray(String[]::new);
    }

    private String[] rehearsal(Path notes, String gpus) throws IOException {
        Path app = RunningCluster.HOME.resolve("jobs/target/convoke");
        List<String> jars = new ArrayList<>();
        try (Stream<Path> all = Files.list(app.resolve("lib"))) {
            all.map(Path::toString).forEach(jars::add);
        }
        jars.add(testJar().toString());
        return new String[] {
            "--class",
            GpuRehearsal.class.getName(),
            "--jars",
            String.join(",", jars),
            "--conf",
            "spark.executor.resource.gpu.amount=" + gpus,
            "--conf",
            "spark.task.resource.gpu.amount=" + gpus,
            notes.toString(),
            folder.resolve("checkpoints").toString()
        };
    }

    private Path testJar() throws IOException {
        Path classes = RunningCluster.HOME.resolve("jobs/target/test-classes");
        Path jar = folder.resolve("tests.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> paths = Files.walk(classes.resolve("dev"))) {
            for (Path path :
                    paths.filter(path -> path.toString().endsWith(".class")).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(path).toString()));
                Files.copy(path, out);
            }
        }
        return jar;
    }

    private String undisturbed() {
        try (InProcessRoundRunner runner =
                new InProcessRoundRunner(GpuRehearsal.KIT, GpuRehearsal.plan(), 1, TrainedRun.STORES)) {
            return GpuRehearsal.digest(runner, folder.resolve("oracle"));
        }
    }

    private static List<String> names(Path notes) throws IOException {
        try (Stream<Path> files = Files.list(notes)) {
            return files.map(path -> path.getFileName().toString()).toList();
        }
    }

    private static String part(String name, int group) {
        Matcher matcher = NOTE.matcher(name);
        assertThat(matcher.matches()).as(name).isTrue();
        return matcher.group(group);
    }
}
