package dev.convoke.cli;

import dev.convoke.registry.retraining.NightFile;
import dev.convoke.registry.retraining.NightFile.Status;
import dev.convoke.shard.ShardManifest;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The nights of a work folder: which have an outcome, which was cut short, and what the next is called. */
final class Nights {

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
     * images or a divergence, is not: it would fail again, and keep every later night from beginning.
     */
    Optional<String> unfinished() {
        return names().stream()
                .flatMap(name -> NightFile.read(store, folder(name)).stream())
                .filter(Nights::wasCutShort)
                .max(Comparator.comparing(NightFile.Content::started))
                .map(NightFile.Content::night);
    }

    private static boolean wasCutShort(NightFile.Content content) {
        int code = content.exitCode().orElse(ExitCode.STOPPED.number());
        boolean fromOutside = code == ExitCode.STORAGE.number() || code == ExitCode.OWNED.number();
        return switch (content.status()) {
            case RUNNING, STOPPED -> true;
            case FAILED -> fromOutside;
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
        Optional<JsonFields> begun = night.steps().find(NightData.BEGIN);
        boolean listed = night.steps().find(NightData.FIND).isPresent();
        boolean taken = night.steps().find(NightData.INGEST).isPresent();
        if (begun.isPresent() && listed && !taken) {
            int now = night.manifest()
                    .map(ShardManifest::history)
                    .map(ShardManifest.History::revision)
                    .orElse(0);
            if (now == begun.get().integer("revision")) {
                night.steps().forget(NightData.FIND);
                night.store().delete(night.addition());
            }
        }
    }
}
