package dev.convoke.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.config.RecipeLoader;
import dev.convoke.config.RetrainConfig;
import dev.convoke.config.RetrainConfigLoader;
import dev.convoke.data.synthetic.Photograph;
import dev.convoke.data.synthetic.PhotographGenerator;
import dev.convoke.registry.ModelRegistry;
import dev.convoke.registry.ModelVersion;
import dev.convoke.shard.ShardManifest;
import dev.convoke.spark.ModelScorer;
import dev.convoke.spark.ShardingOptions;
import dev.convoke.spark.ShardingOptions.OnConflict;
import dev.convoke.spark.SharedSpark;
import dev.convoke.spark.SparkSharder;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;

/** Nights in this process, with a clock and a guard of the test's choice; a challenger always wins. */
final class SmallNights {

    final LocalFileStore store = new LocalFileStore();
    final RetrainConfig config;
    private final Path folder;
    private final String recipe;

    SmallNights(Path folder, String... overrides) {
        this.folder = folder;
        this.recipe = """
                architecture: inception-v1
                input: 32
                epochs: 2
                workers: 2
                batch: 8
                averaging:
                  frequency: 4
                optimizer:
                  learning_rate: 0.005
                """;
        this.config = RetrainConfigLoader.load("""
                        name: nights
                        recipe: recipe.yaml
                        source: %1$s/incoming
                        data: %1$s/dataset
                        registry: %1$s/registry
                        work: %1$s/work
                        sharding:
                          test_fraction: 0.3
                          validation_fraction: 0
                          max_quarantine_rate: 0.2
                        additions:
                          largest_drop: 1
                        train_when:
                          new_examples: 10
                          new_share: 100
                        promote:
                          confidence: 0.999999
                          class_drop: 1
                          oldest_days: 0
                          age_tolerance: 1
                        """.formatted(folder), "retrain.yaml", List.of(overrides));
    }

    /** Lets one process do what it can of a night; returns its exit code. */
    int start(String name, Clock clock, JobGuard guard) {
        return start(name, clock, guard, new Night.Wishes(false, false, Takeover.FROM_THE_DEAD, Watch.on(console())));
    }

    int start(String name, Clock clock, JobGuard guard, Night.Wishes wishes) {
        Night night = night(name, clock, guard, wishes);
        try {
            new Nights(store, location("work")).reopen(night);
            return new RetrainRun(night).execute();
        } finally {
            night.ownership().release();
        }
    }

    /** A night of a process that has just become the owner. */
    Night night(String name, Clock clock, JobGuard guard, Night.Wishes wishes) {
        return new Night(
                SharedSpark.local(),
                config,
                RecipeLoader.load(recipe, "recipe.yaml", List.of()),
                location("work").child("nights").child(name),
                RunOwnership.acquire(store, location("work"), Takeover.FROM_ANYONE),
                clock,
                wishes,
                guard);
    }

    static Console console() {
        PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        return new Console.Builder(Console.Mode.QUIET, nowhere, nowhere, System::nanoTime).build();
    }

    ModelRegistry registry() {
        return new ModelRegistry(location -> store, location("registry"));
    }

    ShardManifest manifest() {
        return ShardManifest.read(store, location("dataset"));
    }

    Location location(String name) {
        return Location.parse(folder.resolve(name).toString());
    }

    JsonNode json(String file) throws IOException {
        return new ObjectMapper().readTree(folder.resolve(file).toFile());
    }

    List<String> steps(String night) throws IOException {
        Path steps = folder.resolve("work/nights").resolve(night).resolve("steps");
        if (!Files.exists(steps)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(steps)) {
            return files.map(file -> file.getFileName().toString().replace(".json", ""))
                    .sorted()
                    .toList();
        }
    }

    /** Puts photographs where they belong. */
    void photographs(String where, int from, int count) throws IOException {
        PhotographGenerator generator = new PhotographGenerator(3);
        for (int index = from; index < from + count; index++) {
            Photograph photograph = generator.photograph(index);
            put(where + "/" + photograph.kind() + "/" + photograph.name(), photograph.encoded());
        }
    }

    /** Puts photographs into the one class folder in which the champion is wrong about most of them. */
    void mislabelled(int from, int count) throws IOException {
        photographs("probe-images", from, count);
        Location probe = location("probe");
        new SparkSharder(SharedSpark.local())
                .shard(ShardingOptions.of(location("probe-images"), probe), (done, total, unit) -> {});
        ShardManifest manifest = ShardManifest.read(store, probe);
        ModelVersion champion = registry().resolve("champion");
        int[] answers = new ModelScorer(SharedSpark.local())
                .score(List.of(champion.model()), "auto", probe, manifest, manifest.shards())
                .answers()
                .get(0);
        int[] chosen = new int[manifest.classes().size()];
        for (int answer : answers) {
            chosen[answer]++;
        }
        int least = 0;
        for (int label = 0; label < chosen.length; label++) {
            least = chosen[label] < chosen[least] ? label : least;
        }
        PhotographGenerator generator = new PhotographGenerator(3);
        for (int index = from; index < from + count; index++) {
            Photograph photograph = generator.photograph(index);
            put("incoming/" + manifest.classes().get(least) + "/" + photograph.name(), photograph.encoded());
        }
    }

    void put(String file, byte[] content) throws IOException {
        Path place = folder.resolve(file);
        Files.createDirectories(place.getParent());
        Files.write(place, content);
    }

    /** Adds to the dataset as somebody else would, with the verb {@code shard}. */
    void somebodyAdds(String images) {
        new SparkSharder(SharedSpark.local())
                .shard(
                        ShardingOptions.of(location(images), location("dataset"))
                                .withOnConflict(OnConflict.ADD),
                        (done, total, unit) -> {});
    }
}
