package dev.convoke.registry;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes versions out of a registry: what they were stays as a record, their files go. The removal is announced first
 * and the aliases are read afterwards; whoever moves an alias looks for an announcement afterwards. So at least one of
 * them sees the other, and a version that an alias means stays.
 */
public final class VersionRemoval {

    private static final Pattern REMOVING = Pattern.compile("\\.removing-v(\\d{6,9})-.*");
    private static final Pattern FOLDER = Pattern.compile("v(\\d{6,9})");

    private final ModelRegistry registry;
    private final FileStore store;
    private final Tombstones tombstones;

    /** Removes from a registry; one process at a time. */
    public VersionRemoval(ModelRegistry registry, FileStore store) {
        this.registry = registry;
        this.store = store;
        this.tombstones = new Tombstones(store, registry.location());
    }

    /**
     * Removes a version, unless an alias names it.
     *
     * @return whether it is gone
     */
    public boolean remove(ModelVersion version) {
        int number = version.number();
        if (isNamed(number)) {
            return false;
        }
        tombstones.announce(version);
        if (isNamed(number)) {
            tombstones.callOff(number);
            return false;
        }
        if (!tombstones.decide(number)) {
            return false;
        }
        clear(number);
        // Somebody may have died right after moving an alias here: nobody else would tell readers who know only moves.
        registry.aliases().forEach(registry::goBack);
        return true;
    }

    /** Ends what a process that died has begun. Returns what was done, a line each. */
    public List<String> finishInterrupted() {
        List<String> done = new ArrayList<>();
        for (int number : tombstones.announced()) {
            tombstones.callOff(number);
            done.add("the removal of " + ModelVersion.nameOf(number) + " begins anew");
        }
        for (FileEntry entry : store.list(registry.location().child(ModelRegistry.VERSIONS))) {
            Matcher matcher = FOLDER.matcher(entry.location().name());
            if (matcher.matches() && tombstones.isRemoved(Integer.parseInt(matcher.group(1)))) {
                clear(Integer.parseInt(matcher.group(1)));
                done.add(entry.location().name() + " is gone at last");
            }
        }
        for (FileEntry entry : store.list(registry.location())) {
            Matcher matcher = REMOVING.matcher(entry.location().name());
            if (matcher.matches()) {
                store.delete(entry.location());
                done.add(ModelVersion.nameOf(Integer.parseInt(matcher.group(1))) + " is gone at last");
            }
        }
        registry.aliases().forEach(registry::goBack);
        return done;
    }

    /** Its files go all at once for whoever lists versions. */
    private void clear(int number) {
        Location aside =
                registry.location().child(".removing-" + ModelVersion.nameOf(number) + "-" + UUID.randomUUID());
        try {
            store.rename(registry.folderOf(number), aside);
        } catch (NotFoundException goneAlready) {
            return;
        }
        store.delete(aside);
    }

    private boolean isNamed(int number) {
        return registry.aliases().stream()
                .map(registry::current)
                .flatMap(Optional::stream)
                .anyMatch(move -> move.version() == number);
    }
}
