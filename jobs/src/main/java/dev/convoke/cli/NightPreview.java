package dev.convoke.cli;

import dev.convoke.config.RetrainConfig;
import dev.convoke.registry.retraining.Trigger;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.Addition;
import dev.convoke.shard.ingest.Layout;
import dev.convoke.shard.ingest.Revision;
import dev.convoke.shard.ingest.SourceCounts;
import dev.convoke.shard.ingest.SourceIndex;
import dev.convoke.shard.ingest.SplitDraw;
import dev.convoke.storage.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a night would do, without doing it. */
final class NightPreview {

    private final Night night;

    NightPreview(Night night) {
        this.night = night;
    }

    /**
     * Returns what is new and whether it would train, for people.
     *
     * @param scratch a folder for lists, which the caller deletes
     */
    List<String> lines(Location scratch) {
        Addition addition = new NightData(night).search(scratch);
        List<String> lines = new ArrayList<>();
        lines.add(addition.found() + " images in the source, " + addition.fresh() + " of them never seen before");
        Optional<ShardManifest> manifest = night.manifest();
        if (manifest.isPresent()) {
            Trigger.Decision decision = new NightTraining(night).decision(perClassWith(addition, manifest.get()));
            lines.add((decision.trains() ? "would train: " : "would not train: ") + decision.why());
            if (addition.fresh() > 0) {
                lines.add("(counting all of them; some may turn out to be broken, or be held back)");
            }
        } else if (addition.fresh() > 0) {
            lines.add("would make the dataset " + night.data() + " of them and train, because there is no model yet");
        } else {
            lines.add("would not train: there are no images in the source yet");
        }
        return lines;
    }

    /** Returns how many training examples of each class there are once an addition has come in, by label. */
    private List<Long> perClassWith(Addition addition, ShardManifest manifest) {
        List<String> classes = new Revision(manifest).classes(addition.layout().classes());
        Layout layout = addition.layout().withClasses(classes);
        RetrainConfig.Additions shares = night.config().additions();
        SplitDraw draw =
                new SplitDraw(night.config().sharding().seed(), shares.validationFraction(), shares.testFraction());
        SourceCounts counts = new SourceCounts(classes.size());
        for (String part : addition.parts()) {
            counts.count(SourceIndex.read(night.store(), new Location(part)), layout, draw, rejected -> {});
        }
        List<Long> before = NightTraining.perClass(manifest);
        List<Long> added = counts.images().getOrDefault(Split.TRAIN, List.of());
        List<Long> sum = new ArrayList<>();
        for (int label = 0; label < classes.size(); label++) {
            sum.add((label < before.size() ? before.get(label) : 0) + (label < added.size() ? added.get(label) : 0));
        }
        return sum;
    }
}
