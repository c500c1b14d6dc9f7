package dev.convoke.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** Models to register: three small files whose content tells them apart. */
final class RegistryFixture {

    static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
    static final Clock CLOCK = Clock.fixed(NOON, ZoneOffset.UTC);

    private RegistryFixture() {}

    static ModelRegistry open(FileStore store, Location registry) {
        return new ModelRegistry(location -> store, registry, CLOCK);
    }

    /** Writes a run's model folder; returns where it is. */
    static Location model(FileStore store, Location runs, String content) {
        Location model = runs.child(content).child("model");
        store.replace(model.child("model.zip"), ("weights of " + content).getBytes(UTF_8));
        store.replace(model.child("labels.json"), "{}".getBytes(UTF_8));
        store.replace(model.child("preprocessing.json"), "{}".getBytes(UTF_8));
        return model;
    }

    static ModelRegistry.Draft draft(String run, Integer... parents) {
        return new ModelRegistry.Draft(
                new ModelVersion.Origin(
                        run,
                        "alexnet at 96 px",
                        Map.of("recipe", "aa", "dataset", "bb"),
                        new ModelVersion.TrainedOn("memory:/data", 3, List.of("car", "dog"), List.of(40L, 60L)),
                        List.of(parents),
                        7),
                Map.of("test/top1", 0.875),
                Map.of("java", "17"));
    }

    static ModelVersion register(FileStore store, Location registry, String run) {
        Location model = model(store, registry.parent().child("runs"), run);
        return open(store, registry).register(draft(run), model, Map.of("recipe.yaml", "seed: 1\n".getBytes(UTF_8)));
    }
}
