package dev.convoke.cli;

import dev.convoke.metrics.mlflow.MlflowRun;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What can be asked of a verb that trains; a picocli mixin. */
final class WatchOptions {

    @Option(
            names = "--profile",
            description = "Write profile/trace.json into the run: what every worker did when, in a few rounds.")
    private boolean profile;

    @Option(
            names = "--profile-rounds",
            defaultValue = "3",
            paramLabel = "N",
            description = "How many rounds --profile traces (default: ${DEFAULT-VALUE}).")
    private int profiledRounds;

    @Option(
            names = "--mlflow",
            paramLabel = "URI",
            description = "Send figures to this MLflow server; credentials come from MLFLOW_TRACKING_TOKEN, or"
                    + " MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.")
    private @Nullable String mlflow;

    @Option(
            names = "--mlflow-experiment",
            defaultValue = "convoke",
            paramLabel = "NAME",
            description = "The experiment there (default: ${DEFAULT-VALUE}).")
    private String experiment = "convoke";

    /** Returns how the run is to be watched. */
    Watch watch(Console console) {
        if (profiledRounds < 1) {
            throw new UsageException("--profile-rounds " + profiledRounds + ": needs to be 1 or more");
        }
        Optional<MlflowRun.Target> target = mlflow == null ? Optional.empty() : Optional.of(target(mlflow));
        return new Watch(console, profile ? profiledRounds : 0, target);
    }

    private MlflowRun.Target target(String address) {
        if (!address.matches("https?://[^\\s@]+")) {
            throw new UsageException("--mlflow " + address.replaceAll("//[^/]*@", "//...@")
                    + ": write http://host:port, without credentials; they come from the environment");
        }
        return new MlflowRun.Target(address, experiment);
    }
}
