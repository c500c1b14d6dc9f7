package dev.convoke.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.JavaCommand;
import dev.convoke.cli.Main;
import dev.convoke.data.synthetic.Photograph;
import dev.convoke.data.synthetic.PhotographGenerator;
import dev.convoke.registry.ModelRegistry;
import dev.convoke.registry.ModelVersion;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.spark.ModelScorer;
import dev.convoke.spark.ShardingOptions;
import dev.convoke.spark.SharedSpark;
import dev.convoke.spark.SparkSharder;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The world the nights happen in: images arrive, some of them wrong, and the scheduler is not always careful. */
final class NightsWorld {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FIRST_NIGHT = 1_600;
    private static final int AUDIT = 300;
    private static final int AUDIT_FROM = 1_000_000;
    private static final int LATE_KIND = 9;

    private final Path folder;
    private final LocalFileStore store = new LocalFileStore();
    private final PhotographGenerator generator = new PhotographGenerator(20261125);

    NightsWorld(String place) throws IOException {
        this.folder = Path.of(place).toAbsolutePath();
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("recipe.yaml"), """
                architecture: alexnet
                input: 67
                seed: 1
                epochs: 2
                workers: 2
                batch: 16
                averaging:
                  frequency: 2
                optimizer:
                  learning_rate: 0.01
                  weight_decay: 0.0005
                schedule:
                  warmup_epochs: 0.25
                augmentation:
                  smallest_area: 0.5
                evaluation:
                  every_epochs: 0
                checkpoint:
                  every_rounds: 20
                """);
        Files.writeString(folder.resolve("retrain.yaml"), """
                name: nights
                recipe: recipe.yaml
                source: %1$s/incoming
                data: %1$s/dataset
                registry: %1$s/registry
                work: %1$s/work
                held_out: test
                sharding:
                  test_fraction: 0.5
                  validation_fraction: 0
                  shard_mb: 4
                  row_group_kb: 256
                  max_quarantine_rate: 0.25
                additions:
                  validation_fraction: 0.2
                  largest_drop: 0.3
                train_when:
                  new_examples: 20
                promote:
                  minimum_gain: 0
                  confidence: 0.9
                  class_drop: 0.2
                  class_support: 15
                """.formatted(folder));
    }

    Location location(String name) {
        return Location.parse(folder.resolve(name).toString());
    }

    int nightsDone() throws IOException {
        return lines().size();
    }

    List<NightLog.Line> lines() throws IOException {
        return NightLog.lines(folder.resolve("nights.jsonl"));
    }

    /** Returns the numbers of the versions that the nights' own records say were registered, in ascending order. */
    List<Integer> registered() throws IOException {
        List<Integer> numbers = new ArrayList<>();
        try (Stream<Path> nights = Files.list(folder.resolve("work/nights"))) {
            for (Path night : nights.toList()) {
                Path record = night.resolve("steps/8-register.json");
                if (Files.exists(record)) {
                    numbers.add(JSON.readTree(record.toFile()).get("version").asInt());
                }
            }
        }
        return numbers.stream().sorted().toList();
    }

    /** Lets a night happen and notes what came of it. */
    void night(int number) throws Exception {
        String what = happening(number);
        arrive(number, what);
        AliasReader reader = new AliasReader(store, location("registry"));
        List<Integer> codes = new ArrayList<>();
        long started = System.nanoTime();
        switch (what) {
            case "crash" -> codes.addAll(withCrashes(number));
            case "double start" -> codes.addAll(twice(number));
            case "corrupt upload" -> codes.addAll(withACorruptUpload(number));
            // Enough to learn from nothing; later nights go on from the champion.
            case "first" -> codes.add(run(number, "--set", "recipe_overrides=[epochs=6]"));
            case "accuracy falls" ->
                codes.add(run(number, "--set", "start=scratch", "--set", "recipe_overrides=[epochs=1]"));
            default -> codes.add(run(number));
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        note(number, what, codes, seconds, reader.end());
    }

    private static String happening(int night) {
        return switch (night) {
            case 1 -> "first";
            case 5, 21 -> "bad labels";
            case 8, 24 -> "empty";
            case 10 -> "a new class";
            case 11, 26 -> "crash";
            case 14, 28 -> "double start";
            case 17 -> "broken files";
            case 20 -> "corrupt upload";
            case 23, 29 -> "accuracy falls";
            default -> "more images";
        };
    }

    /** Puts a night's photographs into the folder where images arrive, unless they are there already. */
    private void arrive(int night, String what) throws IOException {
        int count = night == 1 ? FIRST_NIGHT : what.equals("empty") ? 0 : 30 + 2 * night;
        int first = night * 10_000;
        List<String> kinds = PhotographGenerator.kinds();
        for (int index = first; index < first + count; index++) {
            Photograph photograph = generator.photograph(index);
            int kind = kinds.indexOf(photograph.kind());
            if (night < 10 && kind == LATE_KIND) {
                continue;
            }
            String label = what.equals("bad labels") ? kinds.get((kind + 3) % LATE_KIND) : photograph.kind();
            byte[] bytes = photograph.encoded();
            boolean broken = what.equals("broken files") && index % 8 == 0;
            put(label, photograph.name(), broken ? Arrays.copyOf(bytes, bytes.length / 2) : bytes);
        }
    }

    private void put(String label, String name, byte[] bytes) throws IOException {
        Path file = folder.resolve("incoming").resolve(label).resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    /** Killed at any moment, again and again; the scheduler starts it again. */
    private List<Integer> withCrashes(int night) throws Exception {
        SplittableRandom random = new SplittableRandom(night);
        List<Integer> codes = new ArrayList<>();
        for (int kill = 0; kill < 4; kill++) {
            Process process = start(night, "kill-" + kill);
            boolean ended = process.waitFor(random.nextLong(4_000, 25_000), TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
            codes.add(process.exitValue());
            System.out.printf("night %d: killed behind %s%n", night, lastStep(night));
            if (ended) {
                break;
            }
        }
        codes.add(run(night));
        return codes;
    }

    private String lastStep(int night) throws IOException {
        Path steps = folder.resolve("work/nights").resolve(nameOf(night)).resolve("steps");
        if (!Files.exists(steps)) {
            return "nothing";
        }
        try (Stream<Path> files = Files.list(steps)) {
            return files.map(file -> file.getFileName().toString())
                    .max(String::compareTo)
                    .orElse("nothing");
        }
    }

    /** Two at once, and one more afterwards. */
    private List<Integer> twice(int night) throws Exception {
        Process first = start(night, "first");
        Process second = start(night, "second");
        List<Integer> codes = new ArrayList<>(List.of(first.waitFor(), second.waitFor()));
        codes.add(run(night));
        return codes;
    }

    /** Everything that arrived was cut short on the way: the night fails, a person removes it, the next start works. */
    private List<Integer> withACorruptUpload(int night) throws Exception {
        List<Path> uploaded = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Path file = folder.resolve("incoming")
                    .resolve(PhotographGenerator.kinds().get(i % 5))
                    .resolve("cut-" + i + ".jpg");
            byte[] bytes = generator.photograph(night * 10_000 + 5_000 + i).encoded();
            Files.write(file, Arrays.copyOf(bytes, bytes.length / 3));
            uploaded.add(file);
        }
        List<Integer> codes = new ArrayList<>(List.of(run(night)));
        for (Path file : uploaded) {
            Files.delete(file);
        }
        codes.add(run(night));
        return codes;
    }

    private int run(int night, String... more) throws Exception {
        return start(night, "run", more).waitFor();
    }

    private Process start(int night, String name, String... more) throws IOException {
        List<String> command = JavaCommand.of(Main.class, "-Xmx2g");
        command.addAll(List.of("retrain", folder.resolve("retrain.yaml").toString(), "--night", nameOf(night)));
        command.addAll(List.of(more));
        Path log = folder.resolve("logs").resolve(nameOf(night) + "-" + name + ".log");
        Files.createDirectories(log.getParent());
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private static String nameOf(int night) {
        return String.format(Locale.ROOT, "night-%02d", night);
    }

    private void note(int night, String what, List<Integer> codes, double seconds, AliasReader.Seen seen)
            throws IOException {
        JsonNode run = JSON.readTree(folder.resolve("work/run.json").toFile());
        ModelVersion champion = new ModelRegistry(location -> store, location("registry")).resolve("champion");
        ShardManifest manifest = ShardManifest.read(store, location("dataset"));
        ObjectNode line = JSON.createObjectNode();
        line.put("night", night).put("what", what);
        line.put("exit_codes", codes.toString());
        line.put("outcome", run.get("outcome").asText())
                .put("message", run.get("message").asText());
        line.put("champion", champion.name());
        line.put("revision", manifest.history().revision());
        line.put("training_images", manifest.split(Split.TRAIN).orElseThrow().examples());
        // The same model on the same images says the same: asked again only when either has changed.
        List<NightLog.Line> before = lines();
        NightLog.Line last = before.isEmpty() ? null : before.get(before.size() - 1);
        boolean same = last != null && last.champion().equals(champion.name());
        line.put("held_out", same ? last.heldOut() : accuracy(champion, location("dataset"), manifest));
        line.put("audit", same ? last.audit() : accuracy(champion, location("audit"), audit()));
        line.put("seconds", Math.round(seconds));
        line.put("reads", seen.reads()).put("torn", seen.torn());
        Files.writeString(
                folder.resolve("nights.jsonl"),
                JSON.writeValueAsString(line) + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        System.out.println(line);
    }

    private double accuracy(ModelVersion model, Location dataset, ShardManifest manifest) {
        ModelScorer.Scores scores = new ModelScorer(SharedSpark.local())
                .score(List.of(model.model()), "auto", dataset, manifest, manifest.shards(Split.TEST));
        long right = IntStream.range(0, scores.labels().length)
                .filter(i -> scores.labels()[i] == scores.answers().get(0)[i])
                .count();
        return (double) right / scores.labels().length;
    }

    /** Photographs that no night sees, all of them test images. */
    private ShardManifest audit() throws IOException {
        if (!Files.exists(folder.resolve("audit/manifest.json"))) {
            for (int index = AUDIT_FROM; index < AUDIT_FROM + AUDIT; index++) {
                Photograph photograph = generator.photograph(index);
                Path file = folder.resolve("audit-images/test")
                        .resolve(photograph.kind())
                        .resolve(photograph.name());
                Files.createDirectories(file.getParent());
                Files.write(file, photograph.encoded());
            }
            new SparkSharder(SharedSpark.local())
                    .shard(ShardingOptions.of(location("audit-images"), location("audit")), (done, total, unit) -> {});
        }
        return ShardManifest.read(store, location("audit"));
    }
}
