package dev.convoke.registry;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is to be removed and what is. A removal is announced, then decided by renaming the announcement; until then
 * whoever lets an alias name the version may call it off by taking the announcement away, so exactly one of the two
 * happens. What is decided counts from then on, whether the files are gone or not.
 */
final class Tombstones {

    private static final String ANNOUNCED = "announced-";
    private static final Pattern RECORD = Pattern.compile("v(\\d{6,9})\\.json");
    private static final Pattern ANNOUNCEMENT = Pattern.compile(ANNOUNCED + RECORD.pattern());

    private final FileStore store;
    private final Location folder;

    Tombstones(FileStore store, Location registry) {
        this.store = store;
        this.folder = registry.child("removed");
    }

    /** Says that a version is to be removed, and what it was. */
    void announce(ModelVersion version) {
        store.replace(announcement(version.number()), VersionJson.write(version));
    }

    /** Takes an announcement back, if there is one. Returns whether there was. */
    boolean callOff(int number) {
        if (!store.exists(announcement(number))) {
            return false;
        }
        Location away = folder.child(".tmp-" + UUID.randomUUID());
        try {
            store.rename(announcement(number), away);
        } catch (NotFoundException decidedMeanwhile) {
            return false;
        }
        store.delete(away);
        return true;
    }

    /** Lets an announced removal count. Returns whether it does: it may have been called off. */
    boolean decide(int number) {
        try {
            store.renameOver(announcement(number), record(number));
            return true;
        } catch (NotFoundException calledOff) {
            return false;
        }
    }

    /** Returns whether a version is removed, though its files may still be there. */
    boolean isRemoved(int number) {
        return store.exists(record(number));
    }

    /** Returns the numbers of all removals that were announced and not decided. */
    List<Integer> announced() {
        return numbers(ANNOUNCEMENT);
    }

    /** Returns the highest number that is removed or to be removed; 0 if there is none. */
    int highest() {
        return numbers(RECORD).stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    private List<Integer> numbers(Pattern pattern) {
        List<Integer> numbers = new ArrayList<>();
        for (FileEntry entry : store.list(folder)) {
            Matcher matcher = pattern.matcher(entry.location().name());
            if (matcher.matches()) {
                numbers.add(Integer.valueOf(matcher.group(1)));
            }
        }
        return numbers;
    }

    private Location announcement(int number) {
        return folder.child(ANNOUNCED + ModelVersion.nameOf(number) + ".json");
    }

    private Location record(int number) {
        return folder.child(ModelVersion.nameOf(number) + ".json");
    }
}
