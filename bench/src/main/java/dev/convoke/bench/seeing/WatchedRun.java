package dev.convoke.bench.seeing;

import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.WatchingCost;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Trains with the real program in processes of its own, and reads what the runs say about themselves. */
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
     * @param watchingMillis that watching took, what came before the first and behind the last round with it
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
                List.of(),
                List.of(
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
                        "0.2"));
    }

    /** Trains once. */
    Cost train(List<String> settings) throws IOException, InterruptedException {
        try (MlflowStub mlflow = new MlflowStub();
                Scraper scraper = new Scraper()) {
            Cost cost = train(settings, mlflow, scraper);
            if (mlflow.requests() < 3 || scraper.scrapes() == 0) {
                throw new IllegalStateException("The run was not watched by all: MLflow was asked " + mlflow.requests()
                        + " times, the driver answered " + scraper.scrapes() + " times, last failure: "
                        + scraper.failure());
            }
            return cost;
        }
    }

    private Cost train(List<String> settings, MlflowStub mlflow, Scraper scraper)
            throws IOException, InterruptedException {
        Path run = folder.resolve("run-" + number++);
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                Path.of(System.getProperty("convoke.home", "."), RECIPE).toString(),
                "--data",
                dataset.toString(),
                "--out",
                run.toString(),
                "--profile",
                "--mlflow",
                mlflow.address(),
                "--set",
                "epochs=" + epochs));
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        run(prometheus(scraper.port()), arguments);
        Location written = new Location("file:" + run);
        List<RoundMetrics> rounds = new MetricLog(new LocalFileStore(), written).readAll();
        // What comes behind the last round is on no round's account.
        double watching = new WatchingCost(new LocalFileStore(), written).millis() + scraper.millis();
        double millis = 0;
        for (RoundMetrics round : rounds) {
            watching += round.figures().getOrDefault("observing_millis", Double.NaN);
            millis += round.phaseMillis().values().stream()
                    .mapToDouble(Double::doubleValue)
                    .sum();
        }
        return new Cost(watching / rounds.size(), millis / rounds.size());
    }

    /** Returns what conf/prometheus/spark.conf sets, as options of a process. */
    private static List<String> prometheus(int port) throws IOException {
        List<String> options = new ArrayList<>(List.of("-Dspark.ui.port=" + port));
        Path settings = Path.of(System.getProperty("convoke.home", "."), "conf/prometheus/spark.conf");
        for (String line : Files.readAllLines(settings)) {
            if (line.startsWith("spark.")) {
                String[] setting = line.strip().split("\\s+", 2);
                options.add("-D" + setting[0] + "=" + setting[1]);
            }
        }
        return options;
    }

    private void run(List<String> options, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.convoke.cli.Main"));
        command.addAll(arguments);
        Path log = folder.resolve("log.txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        // Else Spark's page listens on every address.
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        Process process = builder.start();
        try {
            boolean ended = process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
            if (!ended || process.exitValue() != 0) {
                throw new IllegalStateException("convoke " + arguments.get(0)
                        + (ended ? " ended with " + process.exitValue() : " has no end") + ":\n"
                        + Files.readString(log));
            }
        } finally {
            process.destroyForcibly();
        }
    }
}
