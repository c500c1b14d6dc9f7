package dev.convoke.bench.seeing;

import dev.convoke.bench.CliProcess;
import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.WatchingCost;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Trains with the real program in processes of its own, and reads what the runs say about themselves. */
final class WatchedRun {

    private static final String RECIPE = "conf/recipes/quickstart.yaml";
    private static final String LOG = "log.txt";

    private final Path folder;
    private final Path dataset;
    private final int epochs;
    private int number;

    /**
     * Means over the rounds of a run.
     *
     * @param inRoundsMillis that watching took until the last round, by its own account
     * @param behindMillis that it took behind the last round
     * @param scrapesMillis of processor time that the driver's page took
     * @param roundMillis of a round with its share of checkpoints
     */
    record Cost(double inRoundsMillis, double behindMillis, double scrapesMillis, double roundMillis) {

        double watchingMillis() {
            return inRoundsMillis + behindMillis + scrapesMillis;
        }
    }

    /** Generates and shards what is trained on. */
    WatchedRun(Path folder, int photographs, int epochs) throws IOException, InterruptedException {
        this.folder = folder;
        this.epochs = epochs;
        Path images = folder.resolve("images");
        PhotographFolder.write(images, 1, photographs);
        this.dataset = folder.resolve("dataset");
        CliProcess.run(
                folder.resolve(LOG),
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
                        "0.2"),
                pid -> {});
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
        CliProcess.run(folder.resolve(LOG), prometheus(scraper.port()), arguments, scraper::driver);
        Location written = new Location("file:" + run);
        List<RoundMetrics> rounds = new MetricLog(new LocalFileStore(), written).readAll();
        double inRounds = 0;
        double millis = 0;
        for (RoundMetrics round : rounds) {
            inRounds += round.figures().getOrDefault("observing_millis", Double.NaN);
            millis += round.phaseMillis().values().stream()
                    .mapToDouble(Double::doubleValue)
                    .sum();
        }
        double behind = new WatchingCost(new LocalFileStore(), written).millis();
        int count = rounds.size();
        return new Cost(inRounds / count, behind / count, (double) scraper.processorMillis() / count, millis / count);
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
}
