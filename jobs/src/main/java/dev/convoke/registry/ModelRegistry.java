package dev.convoke.registry;

import dev.convoke.registry.ModelVersion.StoredFile;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import dev.convoke.storage.Sha256;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Model versions and what names such as {@code champion} mean. Versions never change; a name moves in one step, and its
 * moves are kept. Any number of processes may use one registry at once: each version gets a number of its own, and of
 * two that move a name from the same state exactly one succeeds.
 */
public final class ModelRegistry {

    static final String VERSIONS = "versions";
    static final String REMOVED = "removed";

    private static final Pattern FOLDER = Pattern.compile("v(\\d{6,9})");
    private static final Pattern REMOVED_RECORD = Pattern.compile("v(\\d{6,9})\\.json");

    private final FileStores stores;
    private final FileStore store;
    private final Location registry;
    private final Clock clock;
    private final Aliases aliases;

    /** Uses the registry at a location, which need not exist yet. */
    public ModelRegistry(FileStores stores, Location registry) {
        this(stores, registry, Clock.systemUTC());
    }

    /** Uses a registry with a clock of its own; times in it are for people and for ages. */
    public ModelRegistry(FileStores stores, Location registry, Clock clock) {
        this.stores = stores;
        this.store = stores.of(registry);
        this.registry = registry;
        this.clock = clock;
        this.aliases = new Aliases(store, registry);
    }

    /**
     * What is known about a model before it is registered.
     *
     * @param origin where it comes from
     * @param metrics figures by name
     * @param environment what it was trained with, by name
     */
    public record Draft(ModelVersion.Origin origin, Map<String, Double> metrics, Map<String, String> environment) {}

    /** Returns where the registry is. */
    public Location location() {
        return registry;
    }

    /**
     * Registers a model: copies its files, verifies what was copied, and gives it the next number in one step.
     *
     * @param model the folder with {@code model.zip}, {@code labels.json} and {@code preprocessing.json}
     * @param documents further files by name, such as {@code recipe.yaml}
     * @throws dev.convoke.storage.StorageException if anything cannot be copied; then there is no new version
     */
    public ModelVersion register(Draft draft, Location model, Map<String, byte[]> documents) {
        VersionFiles files = new VersionFiles(stores, registry);
        Location temporary = files.begin();
        try {
            List<StoredFile> stored = new ArrayList<>(files.copyModel(model, temporary));
            documents.forEach((name, content) -> stored.add(files.write(temporary, name, content)));
            ModelVersion version = new ModelVersion(
                    0, temporary, clock.instant(), draft.origin(), draft.metrics(), draft.environment(), stored);
            files.write(temporary, VersionJson.FILE, VersionJson.write(version));
            int number = files.publish(temporary, nextNumber());
            return version(number);
        } finally {
            store.delete(temporary);
        }
    }

    private int nextNumber() {
        int highest = 0;
        for (FileEntry entry : store.list(registry.child(VERSIONS))) {
            highest = Math.max(highest, number(FOLDER, entry));
        }
        for (FileEntry entry : store.list(registry.child(REMOVED))) {
            highest = Math.max(highest, number(REMOVED_RECORD, entry));
        }
        return highest + 1;
    }

    /** Returns all versions there are, oldest first. */
    public List<ModelVersion> versions() {
        return store.list(registry.child(VERSIONS)).stream()
                .map(entry -> number(FOLDER, entry))
                .filter(number -> number > 0)
                .sorted()
                .map(this::version)
                .toList();
    }

    /** Returns the newest version that fits, or empty. */
    public Optional<ModelVersion> newest(Predicate<ModelVersion> fitting) {
        return versions().stream().filter(fitting).max(Comparator.comparingInt(ModelVersion::number));
    }

    /**
     * Returns a version.
     *
     * @throws UnknownVersionException if there is none of this number
     */
    public ModelVersion version(int number) {
        Location folder = folderOf(number);
        try {
            return VersionJson.read(
                    store.read(folder.child(VersionJson.FILE), VersionJson.LARGEST_BYTES), number, folder);
        } catch (NotFoundException missing) {
            throw unknown(ModelVersion.nameOf(number));
        }
    }

    /**
     * Returns the version that an alias names, or that is written as {@code v7}, {@code v000007} or {@code 7}.
     *
     * @throws UnknownVersionException if there is no such thing; lists what there is
     */
    public ModelVersion resolve(String text) {
        Matcher written = Pattern.compile("v?(\\d{1,9})").matcher(text);
        if (written.matches()) {
            return version(Integer.parseInt(written.group(1)));
        }
        return Optional.of(text)
                .filter(Aliases::isName)
                .flatMap(this::current)
                .map(move -> version(move.version()))
                .orElseThrow(() -> unknown(text));
    }

    private UnknownVersionException unknown(String text) {
        List<String> there = new ArrayList<>(aliases.names());
        store.list(registry.child(VERSIONS)).stream()
                .map(entry -> entry.location().name())
                .filter(name -> FOLDER.matcher(name).matches())
                .forEach(there::add);
        return new UnknownVersionException("There is no '" + text + "' in the registry " + registry + "; it has: "
                + (there.isEmpty() ? "nothing yet" : String.join(", ", there)));
    }

    /** Returns whether an alias could be called so: small letters, digits and hyphens. */
    public static boolean isAliasName(String alias) {
        return Aliases.isName(alias);
    }

    /** Returns the names of all aliases. */
    public List<String> aliases() {
        return aliases.names();
    }

    /** Returns what an alias means now, as the move that made it so; empty if it never meant anything. */
    public Optional<AliasMove> current(String alias) {
        return aliases.current(alias);
    }

    /** Returns all moves of an alias, oldest first. */
    public List<AliasMove> history(String alias) {
        return aliases.history(alias);
    }

    /**
     * Lets an alias name a version, if it still is as the caller saw it when deciding.
     *
     * @param seen what {@link #current} gave the caller
     * @param actor who moves it, for people
     * @param reason why, one line
     * @return the move
     * @throws AliasMovedException if the alias was moved since; nothing is changed then
     * @throws UnknownVersionException if there is no such version, or it was removed meanwhile
     */
    public AliasMove move(String alias, int version, Optional<AliasMove> seen, String actor, String reason) {
        version(version);
        int previous = seen.map(AliasMove::version).orElse(0);
        AliasMove move = new AliasMove(
                alias,
                seen.map(AliasMove::sequence).orElse(0) + 1,
                version,
                previous,
                clock.instant(),
                actor,
                reason.replaceAll("\\s+", " ").strip());
        if (!aliases.current(alias).map(AliasMove::sequence).equals(seen.map(AliasMove::sequence))) {
            throw aliases.moved(move);
        }
        aliases.move(move);
        restoreIfRemoved(move);
        return move;
    }

    /**
     * Returns the version that an alias goes back to: what it named before its version was first promoted, the nearest
     * that is still there. Rolling back again goes further back.
     *
     * @throws UnknownVersionException if there is nothing to go back to
     */
    public ModelVersion before(String alias) {
        return earlier(alias)
                .orElseThrow(() -> new UnknownVersionException("The alias '" + alias + "' in " + registry
                        + " has no earlier version to go back to; 'registry list' shows what there is"));
    }

    /** Returns the version that an alias would go back to, if there is one. */
    Optional<ModelVersion> earlier(String alias) {
        Deque<Integer> stack = new ArrayDeque<>();
        for (AliasMove move : history(alias)) {
            if (stack.contains(move.version())) {
                while (stack.element() != move.version()) {
                    stack.pop();
                }
            } else {
                stack.push(move.version());
            }
        }
        return stack.stream()
                .skip(1)
                .filter(number -> store.exists(folderOf(number)))
                .findFirst()
                .map(this::version);
    }

    /** Whoever removes versions looks at the aliases afterwards, whoever moves one at the version: neither can miss. */
    private void restoreIfRemoved(AliasMove move) {
        if (!store.exists(folderOf(move.version()).child(VersionJson.FILE))) {
            if (move.previous() > 0) {
                aliases.move(new AliasMove(
                        move.alias(),
                        move.sequence() + 1,
                        /* version= */ move.previous(),
                        /* previous= */ move.version(),
                        clock.instant(),
                        move.actor(),
                        ModelVersion.nameOf(move.version()) + " was removed meanwhile"));
            }
            throw unknown(ModelVersion.nameOf(move.version()));
        }
    }

    /**
     * Reads every file of a version and compares its digest.
     *
     * @throws DamagedVersionException naming the first file that is not what was registered
     */
    public void verify(ModelVersion version) {
        for (StoredFile file : version.files()) {
            Location place = version.folder().child(file.name());
            String found;
            try {
                found = Sha256.of(store, place);
            } catch (NotFoundException missing) {
                found = "no file there";
            }
            if (!found.equals(file.sha256())) {
                throw new DamagedVersionException(place + " has SHA-256 " + found + ", registered was " + file.sha256()
                        + ": restore the file, or roll the aliases that name " + version.name() + " back");
            }
        }
    }

    Location folderOf(int number) {
        return registry.child(VERSIONS).child(ModelVersion.nameOf(number));
    }

    private static int number(Pattern pattern, FileEntry entry) {
        Matcher matcher = pattern.matcher(entry.location().name());
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
    }
}
