package dev.convoke.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.provenance.BuildInfo;
import dev.convoke.provenance.Machine;
import dev.convoke.provenance.Provenance;
import dev.convoke.registry.AliasMove;
import dev.convoke.registry.AliasMovedException;
import dev.convoke.registry.ModelRegistry;
import dev.convoke.registry.ModelVersion;
import dev.convoke.registry.promotion.PairedOutcomes;
import dev.convoke.registry.promotion.PromotionRule;
import dev.convoke.registry.promotion.Verdict;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.Revisions;
import dev.convoke.spark.ModelScorer;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The steps of a night that compare champion and challenger, register the challenger, and move the alias. */
final class NightJudgement {

    static final String JUDGE = "7-judge";
    static final String REGISTER = "8-register";
    static final String PROMOTE = "9-promote";

    private static final int LARGEST_DOCUMENT = 16 << 20;

    private final Night night;

    NightJudgement(Night night) {
        this.night = night;
    }

    /** Judges, registers and promotes; returns whether the alias names the challenger now. */
    JsonFields decide() {
        Optional<AliasMove> champion = champion();
        JsonFields judged = judge(champion);
        ModelVersion challenger = night.registry().version(register(judged).integer("version"));
        return promote(judged, challenger);
    }

    private Optional<AliasMove> champion() {
        return night.registry().current(night.config().alias());
    }

    /** What was judged against another champion does not hold any more. */
    private JsonFields judge(Optional<AliasMove> champion) {
        int move = champion.map(AliasMove::sequence).orElse(0);
        boolean isStale = night.steps().find(PROMOTE).isEmpty()
                && night.steps()
                        .find(JUDGE)
                        .filter(done -> done.integer("champion_move") != move)
                        .isPresent();
        if (isStale && ownMove().isEmpty()) {
            night.steps().forget(JUDGE);
        }
        return night.steps().once(JUDGE, () -> compare(champion));
    }

    /**
     * Returns the move that this night made, if its record alone is missing. It is not made again, whatever became of
     * the alias since: somebody who rolled it back meant it.
     */
    private Optional<AliasMove> ownMove() {
        Optional<Integer> challenger = night.steps().find(REGISTER).map(done -> done.integer("version"));
        return night.registry().history(night.config().alias()).stream()
                .filter(move -> Optional.of(move.version()).equals(challenger)
                        && move.actor().equals(actor()))
                .findFirst();
    }

    private String actor() {
        return night.config().name() + " " + night.name();
    }

    private ObjectNode compare(Optional<AliasMove> champion) {
        ShardManifest manifest = night.manifest().orElseThrow();
        List<ShardEntry> heldOut = manifest.shards(night.config().heldOut());
        Optional<ModelVersion> version = champion.map(move -> night.registry().version(move.version()));
        PairedOutcomes outcomes;
        ObjectNode root = JsonFields.object();
        root.put("champion", champion.map(AliasMove::version).orElse(0));
        root.put("champion_move", champion.map(AliasMove::sequence).orElse(0));
        ModelScorer.Scores scores = score(version, manifest, heldOut);
        outcomes = paired(scores);
        double millis = scores.millisPerExample().get(scores.millisPerExample().size() - 1);
        figures(root.putObject("held_out"), outcomes);
        classes(root, manifest, outcomes);
        version.ifPresent(there -> onNewData(root, there, manifest));
        long bytes = night.store()
                .find(night.run().child(RunFiles.MODEL).child("model.zip"))
                .map(FileEntry::bytes)
                .orElseThrow();
        root.put("model_bytes", bytes).put("millis_per_example", millis);
        Optional<Duration> age =
                champion.map(move -> Duration.between(move.at(), night.clock().instant()));
        Verdict verdict = night.config().rule().judge(new PromotionRule.Contest(outcomes, age, bytes, millis));
        root.put("passes", verdict.passes()).put("dry_run", verdict.isDryRun()).put("why", verdict.why());
        ArrayNode findings = root.putArray("findings");
        verdict.findings()
                .forEach(finding -> findings.addObject()
                        .put("criterion", finding.criterion())
                        .put("holds", finding.holds())
                        .put("detail", finding.detail()));
        return root;
    }

    private ModelScorer.Scores score(Optional<ModelVersion> champion, ShardManifest manifest, List<ShardEntry> shards) {
        List<Location> models = new ArrayList<>();
        champion.ifPresent(version -> models.add(version.model()));
        models.add(night.run().child(RunFiles.MODEL));
        return new ModelScorer(night.spark())
                .score(models, night.recipe().compute().engine(), night.data(), manifest, shards);
    }

    private static PairedOutcomes paired(ModelScorer.Scores scores) {
        List<int[]> answers = scores.answers();
        return new PairedOutcomes(scores.labels(), answers.get(0), answers.get(answers.size() - 1));
    }

    /** On what the champion has not seen: held-out images if there are any, else those the challenger trained on. */
    private void onNewData(ObjectNode root, ModelVersion champion, ShardManifest manifest) {
        List<ShardEntry> added = seenBy(champion)
                .map(before -> Revisions.added(before, manifest))
                .orElse(manifest.shards());
        List<ShardEntry> unseen =
                added.stream().filter(shard -> shard.split() != Split.TRAIN).toList();
        List<ShardEntry> judged = unseen.isEmpty() ? added : unseen;
        if (!judged.isEmpty()) {
            ObjectNode node = root.putObject("new_data");
            figures(node, paired(score(Optional.of(champion), manifest, judged)));
            node.put("challenger_trained_on_it", unseen.isEmpty());
        }
    }

    /**
     * Returns what of this dataset is not new to the champion: the revision it was trained on, or, where that was
     * another dataset or is gone, the one this night began with; empty if there was none.
     */
    private Optional<ShardManifest> seenBy(ModelVersion champion) {
        Revisions revisions = new Revisions(night.dataStore(), night.data());
        JsonFields begin = night.steps().find(NightData.BEGIN).orElseThrow();
        ModelVersion.TrainedOn trained = champion.origin().data();
        return Optional.of(trained.dataset())
                .filter(dataset -> dataset.equals(night.data().uri()))
                .flatMap(same -> revisions.find(
                        trained.revision(), champion.origin().digests().getOrDefault("dataset", "")))
                .or(() -> revisions.find(begin.integer("revision"), begin.text("dataset_sha256")));
    }

    private static void figures(ObjectNode node, PairedOutcomes outcomes) {
        node.put("examples", outcomes.examples());
        node.put("champion_top1", outcomes.championTop1());
        node.put("challenger_top1", outcomes.challengerTop1());
        node.put("only_champion_right", outcomes.onlyChampion());
        node.put("only_challenger_right", outcomes.onlyChallenger());
    }

    private static void classes(ObjectNode root, ShardManifest manifest, PairedOutcomes outcomes) {
        ArrayNode classes = root.putArray("classes");
        for (int label = 0; label < outcomes.classes(); label++) {
            if (outcomes.support(label) > 0) {
                classes.addObject()
                        .put("name", manifest.classes().get(label))
                        .put("examples", outcomes.support(label))
                        .put("champion_recall", outcomes.championRecall(label))
                        .put("challenger_recall", outcomes.challengerRecall(label));
            }
        }
    }

    private JsonFields register(JsonFields judged) {
        return night.steps().once(REGISTER, () -> {
            JsonFields trained = night.steps().find(NightTraining.TRAIN).orElseThrow();
            ModelVersion.Origin origin = origin(trained);
            // Registered by a process that died before it could record it: the same run gives no second version.
            ModelVersion version = night.registry()
                    .newest(there -> there.origin().run().equals(origin.run())
                            && there.origin().digests().equals(origin.digests()))
                    .orElseGet(() -> register(origin, judged));
            return JsonFields.object().put("version", version.number());
        });
    }

    private ModelVersion register(ModelVersion.Origin origin, JsonFields judged) {
        night.ownership().checkStillOwner();
        Map<String, Double> metrics = new TreeMap<>();
        metrics.put(
                night.config().heldOut().folder() + "/top1",
                judged.fields("held_out").decimal("challenger_top1"));
        metrics.put("millis_per_example", judged.decimal("millis_per_example"));
        if (judged.has("new_data")) {
            metrics.put("new_data/top1", judged.fields("new_data").decimal("challenger_top1"));
        }
        Map<String, byte[]> documents = new TreeMap<>();
        for (String name : List.of(RunFiles.RECIPE, Provenance.FILE)) {
            documents.put(name, night.store().read(night.run().child(name), LARGEST_DOCUMENT));
        }
        return night.registry()
                .register(
                        new ModelRegistry.Draft(origin, metrics, environment()),
                        night.run().child(RunFiles.MODEL),
                        documents);
    }

    private ModelVersion.Origin origin(JsonFields trained) {
        ShardManifest manifest = trainedOn();
        String state = EvaluationReport.read(
                        night.store(), night.run(), night.config().heldOut().folder())
                .evaluated()
                .state();
        int parent = trained.integer("parent");
        return new ModelVersion.Origin(
                night.run().uri(),
                NightTraining.kind(night.recipe()),
                Map.of("recipe", trained.text("recipe_sha256"), "dataset", manifest.digest(), "checkpoint", state),
                new ModelVersion.TrainedOn(
                        night.data().uri(),
                        manifest.history().revision(),
                        manifest.classes(),
                        NightTraining.perClass(manifest)),
                parent == 0 ? List.of() : List.of(parent),
                night.recipe().training().seed());
    }

    /** By the run's own word: meanwhile somebody may have added to the dataset. */
    private ShardManifest trainedOn() {
        Location file = night.run().child(Provenance.FILE);
        String digest = JsonFields.parse(night.store().read(file, LARGEST_DOCUMENT), file)
                .text("dataset_sha256");
        int taken = night.steps().find(NightData.INGEST).orElseThrow().integer("revision");
        return new Revisions(night.dataStore(), night.data())
                .withDigest(digest, taken)
                .orElseThrow(() -> new UnusableSourceException("The dataset " + night.data()
                        + " was replaced after this night had trained on it: what it trained is not registered; the next"
                        + " night begins with the dataset as it is now"));
    }

    private Map<String, String> environment() {
        Machine machine = Machine.current();
        return Map.of(
                "convoke", BuildInfo.current().toString(),
                "spark", night.spark().version(),
                "java", machine.java(),
                "operating_system", machine.operatingSystem(),
                "processor", machine.processor());
    }

    private JsonFields promote(JsonFields judged, ModelVersion challenger) {
        return night.steps().once(PROMOTE, () -> {
            boolean promotes = judged.flag("passes") && !judged.flag("dry_run");
            String why = judged.flag("passes") && judged.flag("dry_run")
                    ? "would be promoted, but the rule is a dry run: " + judged.text("why")
                    : judged.text("why");
            Optional<AliasMove> made = promotes ? ownMove() : Optional.empty();
            if (promotes && made.isEmpty()) {
                moveTo(challenger, judged);
            }
            return JsonFields.object()
                    .put("promoted", promotes)
                    .put("why", why + made.map(this::since).orElse(""));
        });
    }

    /** Returns what became of the alias since a move, for people; nothing if it still stands. */
    private String since(AliasMove made) {
        return champion()
                .filter(now -> now.sequence() != made.sequence())
                .map(now -> "; since then " + night.config().alias() + " was moved to "
                        + ModelVersion.nameOf(now.version()) + " by " + now.actor())
                .orElse("");
    }

    private void moveTo(ModelVersion challenger, JsonFields judged) {
        night.ownership().checkStillOwner();
        Optional<AliasMove> now = champion();
        if (now.map(AliasMove::sequence).orElse(0) != judged.integer("champion_move")) {
            throw new AliasMovedException(
                    "The alias '" + night.config().alias() + "' was moved while this night judged: "
                            + "start the same command again, it compares with the new champion");
        }
        night.registry().move(night.config().alias(), challenger.number(), now, actor(), judged.text("why"));
    }
}
