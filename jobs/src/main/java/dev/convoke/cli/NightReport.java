package dev.convoke.cli;

import dev.convoke.evaluation.report.FactPage;
import dev.convoke.evaluation.report.FactPage.Table;
import dev.convoke.evaluation.report.FactPage.Tone;
import dev.convoke.registry.ModelVersion;
import dev.convoke.registry.retraining.NightFile;
import dev.convoke.registry.retraining.StepLog;
import dev.convoke.storage.JsonFields;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a night did, for a person with a minute; made from its step records alone. */
final class NightReport {

    static final String FILE = "report.html";

    private final Night night;
    private final StepLog steps;

    NightReport(Night night) {
        this.night = night;
        this.steps = night.steps();
    }

    /** Writes the page. */
    void write(NightFile.Content content) {
        List<Table> tables = new ArrayList<>();
        data(tables);
        decision(tables);
        steps.find(NightJudgement.JUDGE).ifPresent(judged -> judgement(tables, judged));
        Tone tone = switch (content.outcome()) {
            case PROMOTED -> Tone.GOOD;
            case KEPT -> content.status() == NightFile.Status.SUCCEEDED ? Tone.OPEN : Tone.BAD;
            case NONE -> Tone.BAD;
        };
        String badge = content.outcome() == NightFile.Outcome.NONE
                ? content.status().name().toLowerCase(Locale.ROOT)
                : content.outcome().name().toLowerCase(Locale.ROOT);
        FactPage page = new FactPage(
                "retraining", night.config().name() + ", " + night.name(), badge, tone, content.message(), tables);
        night.store().replace(night.folder().child(FILE), page.toHtml().getBytes(StandardCharsets.UTF_8));
    }

    private void data(List<Table> tables) {
        List<List<String>> rows = new ArrayList<>();
        steps.find(NightData.FIND).ifPresent(found -> {
            rows.add(List.of("images in the source", String.valueOf(found.whole("found"))));
            rows.add(List.of("of them never seen before", String.valueOf(found.whole("new"))));
        });
        steps.find(NightData.INGEST).ifPresent(taken -> {
            rows.add(List.of("taken in for training", String.valueOf(taken.whole("train"))));
            rows.add(List.of("taken in and held out", String.valueOf(taken.whole("validation") + taken.whole("test"))));
            rows.add(List.of("rejected", String.valueOf(taken.whole("rejected"))));
            rows.add(List.of("revision of the dataset", String.valueOf(taken.whole("revision"))));
        });
        steps.find(NightData.EXAMINE).ifPresent(examined -> {
            rows.add(List.of("held back", examined.flag("held_back") ? "yes, all of it" : "no"));
            rows.add(List.of("why", examined.text("why")));
        });
        tables.add(new Table("New images", List.of(), rows));
    }

    private void decision(List<Table> tables) {
        List<List<String>> rows = new ArrayList<>();
        steps.find(NightTraining.DECIDE).ifPresent(decided -> {
            rows.add(List.of("trained", decided.flag("trains") ? "yes" : "no"));
            rows.add(List.of("why", decided.text("why")));
        });
        steps.find(NightTraining.TRAIN).ifPresent(trained -> {
            rows.add(List.of("started", trained.text("start") + ", " + trained.text("why")));
            rows.add(List.of("run", trained.text("run")));
        });
        tables.add(new Table("Training", List.of(), rows));
    }

    private void judgement(List<Table> tables, JsonFields judged) {
        List<List<String>> figures = new ArrayList<>();
        figures.add(figures("held out", judged.fields("held_out")));
        if (judged.has("new_data")) {
            JsonFields fresh = judged.fields("new_data");
            figures.add(figures(
                    fresh.flag("challenger_trained_on_it") ? "new (the challenger trained on it)" : "new", fresh));
        }
        int champion = judged.integer("champion");
        Optional<Integer> challenger = steps.find(NightJudgement.REGISTER).map(done -> done.integer("version"));
        tables.add(new Table(
                "Champion " + (champion == 0 ? "(none)" : ModelVersion.nameOf(champion)) + " and challenger "
                        + challenger.map(ModelVersion::nameOf).orElse(""),
                List.of("images", "examples", "champion", "challenger", "only champion right", "only challenger right"),
                figures));
        tables.add(new Table(
                "The rule",
                List.of("criterion", "met", "measured and asked for"),
                judged.list("findings").stream()
                        .map(finding -> List.of(
                                finding.text("criterion"),
                                finding.flag("holds") ? "yes" : "no",
                                finding.text("detail")))
                        .toList()));
        tables.add(new Table(
                "Recall by class",
                List.of("class", "held-out examples", "champion", "challenger"),
                judged.list("classes").stream()
                        .map(one -> List.of(
                                one.text("name"),
                                String.valueOf(one.whole("examples")),
                                share(one, "champion_recall"),
                                share(one, "challenger_recall")))
                        .toList()));
    }

    private static List<String> figures(String name, JsonFields figures) {
        return List.of(
                name,
                String.valueOf(figures.whole("examples")),
                share(figures, "champion_top1"),
                share(figures, "challenger_top1"),
                String.valueOf(figures.whole("only_champion_right")),
                String.valueOf(figures.whole("only_challenger_right")));
    }

    private static String share(JsonFields fields, String name) {
        return String.format(Locale.ROOT, "%.4f", fields.decimal(name));
    }
}
