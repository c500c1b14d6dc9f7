package dev.convoke.registry;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes versions out of a registry: what they were stays as a record, their files go. A version is moved out of the way
 * first and the aliases are read afterwards; whoever moves an alias reads the version afterwards. So no alias ever
 * names what is gone.
 */
public final class VersionRemoval {

    private static final Pattern REMOVING = Pattern.compile("\\.removing-v(\\d{6,9})-.*");

    private final ModelRegistry registry;
    private final FileStore store;

    /** Removes from a registry; one process at a time. */
    public VersionRemoval(ModelRegistry registry, FileStore store) {
        this.registry = registry;
        this.store = store;
    }

    /**
     * Removes a version, unless an alias names it.
     *
     * @return whether it is gone
     */
    public boolean remove(ModelVersion version) {
        if (isNamed(version.number())) {
            return false;
        }
        Location record = record(version.number());
        store.replace(record, VersionJson.write(version));
        Location aside = registry.location().child(".removing-" + version.name() + "-" + UUID.randomUUID());
        store.rename(version.folder(), aside);
        return finish(version.number(), aside);
    }

    /** Ends what a process that died has begun. Returns what was done, a line each. */
    public List<String> finishInterrupted() {
        List<String> done = new ArrayList<>();
        for (FileEntry entry : store.list(registry.location())) {
            Matcher matcher = REMOVING.matcher(entry.location().name());
            if (matcher.matches()) {
                int number = Integer.parseInt(matcher.group(1));
                done.add(ModelVersion.nameOf(number)
                        + (finish(number, entry.location()) ? " is gone at last" : " was put back: an alias names it"));
            }
        }
        return done;
    }

    private boolean finish(int number, Location aside) {
        if (isNamed(number) && !store.exists(registry.folderOf(number))) {
            store.rename(aside, registry.folderOf(number));
            store.delete(record(number));
            return false;
        }
        store.delete(aside);
        return true;
    }

    private boolean isNamed(int number) {
        return registry.aliases().stream()
                .map(registry::current)
                .flatMap(Optional::stream)
                .anyMatch(move -> move.version() == number);
    }

    private Location record(int number) {
        return registry.location().child(ModelRegistry.REMOVED).child(ModelVersion.nameOf(number) + ".json");
    }
}
