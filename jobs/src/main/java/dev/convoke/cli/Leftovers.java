package dev.convoke.cli;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Temporary files and folders whose process died: copies of models that never became a version, moves of aliases that
 * never counted, looks at what a night would do. Nobody can ask their owners, so only age tells them from those at
 * work, and they are taken for left over after a week.
 */
final class Leftovers {

    private static final String PREFIX = ".tmp-";
    private static final Duration OLD = Duration.ofDays(7);

    private final FileStore store;
    private final Instant now;

    Leftovers(FileStore store, Instant now) {
        this.store = store;
        this.now = now;
    }

    /** Returns what is left over directly in a folder. */
    List<Location> in(Location folder) {
        Instant limit = now.minus(OLD);
        return store.list(folder).stream()
                .filter(entry -> entry.location().name().startsWith(PREFIX))
                .filter(entry -> Instant.ofEpochMilli(entry.modifiedMillis()).isBefore(limit))
                .map(FileEntry::location)
                .toList();
    }

    /** Returns what is left over in a registry. */
    List<Location> ofRegistry(Location registry) {
        List<Location> found = new ArrayList<>(in(registry));
        found.addAll(in(registry.child("removed")));
        for (FileEntry alias : store.list(registry.child("aliases"))) {
            if (alias.folder()) {
                found.addAll(in(alias.location()));
            }
        }
        return found;
    }

    /** Deletes one; it is renamed first, so that a process that is at work with it all the same fails as a whole. */
    void delete(Location left) {
        Location aside = left.parent().child(PREFIX + "swept-" + UUID.randomUUID());
        try {
            store.rename(left, aside);
        } catch (NotFoundException goneAlready) {
            return;
        }
        store.delete(aside);
    }
}
