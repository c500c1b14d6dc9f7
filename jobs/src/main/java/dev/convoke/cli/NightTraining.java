package dev.convoke.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeLoader;
import dev.convoke.config.RetrainConfig;
import dev.convoke.registry.ModelRegistry;
import dev.convoke.registry.ModelVersion;
import dev.convoke.registry.retraining.Trigger;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The steps of a night that decide whether to train, and train. */
final class NightTraining {

    static final String DECIDE = "5-decide";
    static final String TRAIN = "6-train";

    private final Night night;

    NightTraining(Night night) {
        this.night = night;
    }

    /** Decides whether it is worth it. */
    JsonFields decide() {
        return night.steps().once(DECIDE, () -> {
            Trigger.Decision decision = decision(perClass(night.manifest().orElseThrow()));
            return JsonFields.object().put("trains", decision.trains()).put("why", decision.why());
        });
    }

    /**
     * Compares what there is with what the newest model has seen, promoted or not: nothing is tried twice.
     *
     * @param now training examples of each class, by label
     */
    Trigger.Decision decision(List<Long> now) {
        ModelRegistry registry = night.registry();
        Optional<ModelVersion> newest = registry.newest(
                version -> version.origin().data().dataset().equals(night.data().uri()));
        double days = registry.current(night.config().alias())
                .map(move ->
                        Duration.between(move.at(), night.clock().instant()).toMillis() / 86_400_000.0)
                .orElse(-1.0);
        return night.config()
                .trigger()
                .decide(new Trigger.Situation(
                        newest.map(version -> version.origin().data().perClass())
                                .orElse(List.of()),
                        now,
                        days,
                        night.wishes().trains()));
    }

    static List<Long> perClass(ShardManifest manifest) {
        return manifest.split(Split.TRAIN)
                .map(ShardManifest.SplitSummary::perClass)
                .orElse(List.of());
    }

    /**
     * Trains in the night's own run directory; a training that was cut short goes on.
     *
     * @return empty if it was asked to stop
     */
    Optional<JsonFields> train() {
        Optional<JsonFields> done = night.steps().find(TRAIN);
        if (done.isPresent()) {
            return done;
        }
        night.guard().checkNotStopped();
        Instant started = night.clock().instant();
        Start start = start();
        Recipe recipe = recipe(start);
        int code = TrainCommand.train(
                night.spark(),
                new TrainingRequest(
                        recipe,
                        night.data(),
                        night.run(),
                        TrainingRequest.Resume.AUTO,
                        night.runTakeover(),
                        new AllowedChanges(Set.of())),
                night.wishes().watch(),
                night.guard());
        if (code != ExitCode.DONE.number()) {
            return Optional.empty();
        }
        ObjectNode root = JsonFields.object();
        root.put("run", night.run().uri());
        root.put("recipe_sha256", recipe.digest());
        root.put("start", start.version() == 0 ? "scratch" : "warm");
        root.put("parent", start.version());
        root.put("why", start.why());
        // What is trained is recorded whoever asks for a stop meanwhile.
        return Optional.of(night.steps().record(TRAIN, started, root));
    }

    /**
     * What training starts from.
     *
     * @param version number of the version; 0 for random weights
     * @param why one line
     */
    private record Start(int version, String why) {}

    private Start start() {
        if (night.config().start() == RetrainConfig.Start.SCRATCH) {
            return new Start(0, "start: scratch");
        }
        ModelRegistry registry = night.registry();
        int champion = night.steps().find(NightData.BEGIN).orElseThrow().integer("champion");
        if (champion == 0) {
            return new Start(0, "there is no champion");
        }
        ModelVersion version = registry.version(champion);
        if (!version.origin().architecture().equals(kind(night.recipe()))) {
            return new Start(0, version.name() + " is " + version.origin().architecture() + ", the recipe is not");
        }
        return new Start(champion, "from " + version.name());
    }

    /** Returns what two networks must have in common for one to start from the other. */
    static String kind(Recipe recipe) {
        return recipe.architecture() + " at " + recipe.inputPixels() + " px";
    }

    private Recipe recipe(Start start) {
        List<String> overrides = new ArrayList<>();
        overrides.add("data=" + night.data());
        overrides.add("out=" + night.run());
        overrides.add("evaluation.split=" + night.config().heldOut().folder());
        if (start.version() > 0) {
            Location model = night.registry().version(start.version()).model();
            overrides.add("fine_tune.from=" + model);
        }
        return RecipeLoader.load(night.recipe().toYaml(), "the recipe", overrides);
    }
}
