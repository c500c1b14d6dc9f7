package dev.convoke.bench.seeing;

import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Trains with the real program in processes of its own, and reads what the rounds say about themselves. */
final class WatchedRun {

    private static final String RECIPE = "conf/recipes/quickstart.yaml";
    private static final long LIMIT_MINUTES = 30;

    private final Path folder;
    private final Path dataset;
    private final int epochs;
    private int number;

    /**
     * Means over the rounds of a run.
     *
     * @param watchingMillis that watching kept training waiting
     * @param roundMillis of a round with its share of checkpoints
     */
    record Cost(double watchingMillis, double roundMillis) {}

    /** Generates and shards what is trained on. */
    WatchedRun(Path folder, int photographs, int epochs) throws IOException, InterruptedException {
        this.folder = folder;
        this.epochs = epochs;
        Path images = folder.resolve("images");
        PhotographFolder.write(images, 1, photographs);
        this.dataset = folder.resolve("dataset");
        run(
                "shard",
                "--source",
                images.toString(),
                "--out",
                dataset.toString(),
                "--validation-fraction",
                "0.2",
                "--row-group-kb",
                "256",
                "--max-quarantine-rate",
                "0.2");
    }

    /** Trains once. */
    Cost train(List<String> settings) throws IOException, InterruptedException {
        Path run = folder.resolve("run-" + number++);
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                Path.of(System.getProperty("convoke.home", "."), RECIPE).toString(),
                "--data",
                dataset.toString(),
                "--out",
                run.toString(),
                "--profile",
                "--set",
                "epochs=" + epochs));
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        run(arguments.toArray(String[]::new));
        List<RoundMetrics> rounds = new MetricLog(new LocalFileStore(), new Location("file:" + run)).readAll();
        double watching = 0;
        double millis = 0;
        for (RoundMetrics round : rounds) {
            watching += round.figures().getOrDefault("observing_millis", Double.NaN);
            millis += round.phaseMillis().values().stream()
                    .mapToDouble(Double::doubleValue)
                    .sum();
        }
        return new Cost(watching / rounds.size(), millis / rounds.size());
    }

    private void run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-Dspark.plugins=dev.convoke.spark.monitor.ConvokePlugin");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.convoke.cli.Main"));
        command.addAll(List.of(arguments));
        Path log = folder.resolve("log.txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            boolean ended = process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
            if (!ended || process.exitValue() != 0) {
                throw new IllegalStateException("convoke " + arguments[0]
                        + (ended ? " ended with " + process.exitValue() : " has no end") + ":\n"
                        + Files.readString(log));
            }
        } finally {
            process.destroyForcibly();
        }
    }
}
