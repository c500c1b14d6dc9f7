package dev.convoke.cli;

import dev.convoke.registry.AliasMove;
import dev.convoke.registry.ModelVersion;
import dev.convoke.registry.retraining.NightFile;
import dev.convoke.registry.retraining.NightFile.Outcome;
import dev.convoke.registry.retraining.NightFile.Status;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.StorageException;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One night from its first step to its outcome; a night that was cut short goes on behind its last recorded step. */
final class RetrainRun {

    private static final Logger LOG = LoggerFactory.getLogger(RetrainRun.class);

    private final Night night;
    private final Instant started;

    RetrainRun(Night night) {
        this.night = night;
        this.started = night.clock().instant();
    }

    /** Goes through the steps; returns the exit code. */
    int execute() {
        write(Status.RUNNING, OptionalInt.empty(), Outcome.NONE, "at work");
        try {
            return steps();
        } catch (Exception thrown) { // Spark throws its checked exceptions undeclared
            RuntimeException failure = night.guard().explained(thrown);
            ExitCode code = ExitCode.of(failure);
            String message = String.valueOf(ExitCode.speaker(failure).getMessage());
            if (code == ExitCode.STOPPED) {
                finish(Status.STOPPED, code, Outcome.NONE, message);
                return code.number();
            }
            try {
                finish(Status.FAILED, code, Outcome.NONE, message);
            } catch (StorageException | IllegalStateException alsoFailed) {
                failure.addSuppressed(alsoFailed);
            }
            throw failure;
        }
    }

    private int steps() {
        NightData data = new NightData(night);
        data.begin();
        JsonFields found = data.find();
        LOG.info("{} images in the source, {} of them new", found.whole("found"), found.whole("new"));
        if (data.ingest().integer("revision") == 0) {
            return kept("there are no images in the source yet");
        }
        JsonFields examined = data.examine();
        if (examined.flag("held_back") && !night.wishes().trains()) {
            return kept("the new images were held back: " + examined.text("why"));
        }
        NightTraining training = new NightTraining(night);
        JsonFields decided = training.decide();
        if (!decided.flag("trains")) {
            return kept(decided.text("why"));
        }
        LOG.info("Training: {}", decided.text("why"));
        if (training.train().isEmpty()) {
            throw new StopRequestedException();
        }
        JsonFields decision = new NightJudgement(night).decide();
        if (!decision.flag("promoted")) {
            return kept(decision.text("why"));
        }
        finish(Status.SUCCEEDED, ExitCode.DONE, Outcome.PROMOTED, decision.text("why"));
        return ExitCode.DONE.number();
    }

    private int kept(String why) {
        finish(Status.SUCCEEDED, ExitCode.DONE, Outcome.KEPT, why);
        return ExitCode.DONE.number();
    }

    private void finish(Status status, ExitCode code, Outcome outcome, String message) {
        NightFile.Content content = write(status, OptionalInt.of(code.number()), outcome, message);
        new NightReport(night).write(content);
        if (outcome != Outcome.NONE) {
            String name = outcome.name().toLowerCase(Locale.ROOT);
            night.console().result(night.name() + ": " + name + ", " + alias(content.champion()) + ": " + message);
            night.console()
                    .event(
                            "night",
                            Map.of(
                                    "night", night.name(),
                                    "outcome", name,
                                    "message", message,
                                    "champion", content.champion(),
                                    "challenger", content.challenger()));
        }
    }

    private String alias(int champion) {
        return night.config().alias() + " is " + (champion == 0 ? "nothing yet" : ModelVersion.nameOf(champion));
    }

    /** The night's own file first: the work folder's says what the newest night's says. */
    private NightFile.Content write(Status status, OptionalInt code, Outcome outcome, String message) {
        night.ownership().checkStillOwner();
        NightFile.Content content = new NightFile.Content(
                night.name(),
                status,
                code,
                outcome,
                message,
                night.registry()
                        .current(night.config().alias())
                        .map(AliasMove::version)
                        .orElse(0),
                night.steps()
                        .find(NightJudgement.REGISTER)
                        .map(done -> done.integer("version"))
                        .orElse(0),
                night.ownership().describe(),
                night.ownership().token(),
                started,
                status == Status.RUNNING
                        ? Optional.empty()
                        : Optional.of(night.clock().instant()));
        NightFile.write(night.store(), night.folder(), content);
        NightFile.write(night.store(), night.folder().parent().parent(), content);
        return content;
    }
}
