package dev.convoke.cli;

import dev.convoke.registry.ModelRegistry;
import dev.convoke.registry.ModelVersion;
import dev.convoke.spark.ClusterWatch;
import dev.convoke.spark.PredictionJob;
import dev.convoke.spark.SparkPredictor;
import dev.convoke.spark.SparkPredictor.Predicted;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Batch inference to Parquet. */
@Command(
        name = "predict",
        description = "Predicts all images of a folder, a tar or a dataset: Parquet with the likeliest classes and the"
                + " model's version in every row.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
final class PredictCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description = "A model folder, such as RUN/model; with --registry a version or an alias.")
    private String model;

    @Option(names = "--registry", paramLabel = "URI", description = "The registry that --model is in.")
    private @Nullable String registry;

    @Option(names = "--images", required = true, paramLabel = "URI", description = "A folder, a tar or a dataset.")
    private String images;

    @Option(names = "--out", required = true, paramLabel = "URI", description = "The folder to make.")
    private String out;

    @Option(names = "--top", defaultValue = "5", description = "Classes in a row (default: ${DEFAULT-VALUE}).")
    private int top;

    @Option(names = "--batch", defaultValue = "32", description = "Images in a minibatch (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--engine",
            defaultValue = "auto",
            description = "auto, onednn or dl4j (default: ${DEFAULT-VALUE}).")
    private String engine;

    @Option(
            names = "--max-quarantine-rate",
            defaultValue = "0.05",
            description = "Fails if more of the files are no images (default: ${DEFAULT-VALUE}).")
    private double maxQuarantineRate;

    @Option(
            names = "--bare",
            defaultValue = "0",
            paramLabel = "N",
            description =
                    "Also times the network alone on N minibatches before and after, and tells the share reached.")
    private int bare;

    @Mixin
    private StatusOption status;

    @Override
    public Integer call() {
        return status.record().around("predicted", this::predict);
    }

    private int predict() {
        // One task with all cores: a network computes a minibatch faster than two compute two.
        try (JavaSparkContext spark = SparkContexts.open("convoke predict", 1)) {
            StorageAccess storage = StorageAccess.of(spark.hadoopConfiguration());
            ProgressLine line = Console.of(spec).progress("predicting", "images");
            PredictionJob job = job(storage);
            Predicted predicted = ClusterWatch.during(
                    spark,
                    () -> new SparkPredictor(spark)
                            .predict(
                                    job,
                                    Location.parse(images),
                                    Location.parse(out),
                                    (done, total, unit) -> line.update(done, total, "")));
            line.finish();
            print(
                    "%,d images predicted, %,d rejected, %.1f images/s: %s",
                    predicted.rows(), predicted.rejected(), predicted.imagesPerSecond(), out);
            if (bare > 0) {
                print(
                        "the network alone: %.1f images/s, share reached %.3f",
                        predicted.bareImagesPerSecond(), predicted.imagesPerSecond() / predicted.bareImagesPerSecond());
            }
        }
        return ExitCode.DONE.number();
    }

    private PredictionJob job(StorageAccess storage) {
        Location folder;
        String version;
        String sha256;
        if (registry == null) {
            folder = Location.parse(model);
            version = folder.uri();
            FileStore store = storage.stores().of(folder);
            if (!store.exists(folder.child("model.zip"))) {
                throw new UsageException("There is no model at " + folder
                        + ": it has no model.zip; name the model folder of a run, or give --registry");
            }
            sha256 = Sha256.of(store, folder.child("model.zip"));
        } else {
            ModelVersion there = new ModelRegistry(storage.stores(), Location.parse(registry)).resolve(model);
            folder = there.model();
            version = there.name();
            sha256 = there.files().stream()
                    .filter(file -> file.name().equals(ModelVersion.MODEL + "/model.zip"))
                    .map(ModelVersion.StoredFile::sha256)
                    .findFirst()
                    .orElseThrow();
        }
        try {
            return new PredictionJob(folder, version, sha256, engine, batch, top, maxQuarantineRate, bare);
        } catch (IllegalArgumentException impossible) {
            throw new UsageException(String.valueOf(impossible.getMessage()));
        }
    }

    private void print(String format, Object... values) {
        spec.commandLine().getOut().println(String.format(Locale.ROOT, format, values));
        spec.commandLine().getOut().flush();
    }
}
