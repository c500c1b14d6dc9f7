package dev.convoke.cli;

import dev.convoke.registry.retraining.NightFile;
import dev.convoke.registry.retraining.NightFile.Status;
import dev.convoke.registry.retraining.StepLog;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The nights of a work folder: which have an outcome, which was cut short, and what the next is called. */
final class Nights {

    /** Recorded when a night that failed behind its training is taken up again. */
    private static final String SECOND_TRY = "6-second-try";

    private static final Pattern NUMBERED = Pattern.compile("night-(\\d{6,9})");

    private final FileStore store;
    private final Location folder;

    Nights(FileStore store, Location work) {
        this.store = store;
        this.folder = work.child("nights");
    }

    Location folder(String name) {
        return folder.child(name);
    }

    /** Returns the names of all nights. */
    List<String> names() {
        return store.list(folder).stream()
                .filter(FileEntry::folder)
                .map(entry -> entry.location().name())
                .filter(name -> !name.startsWith("."))
                .toList();
    }

    /**
     * Returns the night that was begun last and was cut short. One that failed for a reason of its own, such as its
     * images or a divergence, is not: it would fail again, and keep every later night from beginning. But none passes
     * by a night that took images in and did not get to examine them: they would be trained on unexamined. And what was
     * trained is judged, at the second try if not at the first.
     */
    Optional<String> unfinished() {
        return names().stream()
                .flatMap(name -> NightFile.read(store, folder(name)).stream())
                .filter(this::wasCutShort)
                .max(Comparator.comparing(NightFile.Content::started))
                .map(NightFile.Content::night);
    }

    private boolean wasCutShort(NightFile.Content content) {
        return switch (content.status()) {
            case RUNNING, STOPPED -> true;
            case FAILED -> isFromOutside(content) || hasUnexamined(steps(content)) || canBeJudgedAgain(steps(content));
            case SUCCEEDED -> false;
        };
    }

    /** Returns the nights that nothing goes on with: those with an outcome, and those that failed for good. */
    List<NightFile.Content> over() {
        return names().stream()
                .flatMap(name -> NightFile.read(store, folder(name)).stream())
                .filter(content -> !wasCutShort(content))
                .sorted(Comparator.comparing(NightFile.Content::started))
                .toList();
    }

    private static boolean isFromOutside(NightFile.Content content) {
        int code = content.exitCode().orElse(ExitCode.STOPPED.number());
        return code == ExitCode.STORAGE.number() || code == ExitCode.OWNED.number();
    }

    private static boolean hasUnexamined(StepLog steps) {
        return steps.find(NightData.INGEST).isPresent()
                && steps.find(NightData.EXAMINE).isEmpty();
    }

    private static boolean canBeJudgedAgain(StepLog steps) {
        return steps.find(NightTraining.TRAIN).isPresent()
                && steps.find(NightJudgement.PROMOTE).isEmpty()
                && steps.find(SECOND_TRY).isEmpty();
    }

    private StepLog steps(NightFile.Content content) {
        return new StepLog(store, folder(content.night()), Clock.systemUTC(), () -> {}, () -> {});
    }

    /** Returns the outcome of a night in words, or empty if it has none. */
    Optional<String> outcome(String name) {
        return NightFile.read(store, folder(name))
                .filter(content -> content.status() == Status.SUCCEEDED)
                .map(content -> content.outcome().name().toLowerCase(Locale.ROOT) + ", " + content.message());
    }

    /** Returns a name that no night has. */
    String next() {
        int highest = 0;
        for (String name : names()) {
            Matcher matcher = NUMBERED.matcher(name);
            highest = matcher.matches() ? Math.max(highest, Integer.parseInt(matcher.group(1))) : highest;
        }
        return String.format(Locale.ROOT, "night-%06d", highest + 1);
    }

    /**
     * Prepares to go on with a night. What it has listed is listed anew if none of it was taken in: meanwhile somebody
     * may have removed what it failed on, or brought more.
     */
    void reopen(Night night) {
        StepLog steps = night.steps();
        if (steps.find(NightData.FIND).isPresent()
                && steps.find(NightData.INGEST).isEmpty()
                && !new NightData(night).isOvertaken()) {
            new NightData(night).forgetWhatWasFound();
        }
        boolean failedOfItself = NightFile.read(store, night.folder())
                .filter(content -> content.status() == Status.FAILED && !isFromOutside(content))
                .isPresent();
        if (failedOfItself && canBeJudgedAgain(steps)) {
            steps.record(SECOND_TRY, night.clock().instant(), JsonFields.object());
        }
    }
}
