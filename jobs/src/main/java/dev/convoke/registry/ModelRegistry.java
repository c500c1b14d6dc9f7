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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Model versions and what names such as {@code champion} mean. Versions never change; a name moves in one step, and its
 * moves are kept. Any number of processes may use one registry at once: each version gets a number of its own, and of
 * two that move a name from the same state exactly one succeeds. A name never means a version that is removed: then it
 * means what it meant before.
 */
public final class ModelRegistry {

    private static final Logger LOG = LoggerFactory.getLogger(ModelRegistry.class);

    static final String VERSIONS = "versions";

    private static final Pattern FOLDER = Pattern.compile("v(\\d{6,9})");

    private final FileStores stores;
    private final FileStore store;
    private final Location registry;
    private final Clock clock;
    private final Aliases aliases;
    private final Tombstones tombstones;

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
        this.tombstones = new Tombstones(store, registry);
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
        return Math.max(highest, tombstones.highest()) + 1;
    }

    /** Returns all versions there are, oldest first; one that is removed meanwhile is left out. */
    public List<ModelVersion> versions() {
        return store.list(registry.child(VERSIONS)).stream()
                .map(entry -> number(FOLDER, entry))
                .filter(number -> number > 0)
                .sorted()
                .flatMap(number -> find(number).stream())
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
        return find(number).orElseThrow(() -> unknown(ModelVersion.nameOf(number)));
    }

    /** Returns a version, or empty if there is none of this number, or none any more. */
    private Optional<ModelVersion> find(int number) {
        if (tombstones.isRemoved(number)) {
            return Optional.empty();
        }
        Location folder = folderOf(number);
        try {
            byte[] text = store.read(folder.child(VersionJson.FILE), VersionJson.LARGEST_BYTES);
            return Optional.of(VersionJson.read(text, number, folder));
        } catch (NotFoundException missing) {
            return Optional.empty();
        }
    }

    private boolean stands(int number) {
        return !tombstones.isRemoved(number) && store.exists(folderOf(number).child(VersionJson.FILE));
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

    /**
     * Returns what an alias means now, as the move that made it so; empty if it means nothing. Where the last move's
     * version is removed, that is an earlier move, under the number of the last one.
     */
    public Optional<AliasMove> current(String alias) {
        Optional<AliasMove> last = aliases.current(alias);
        if (last.isEmpty() || stands(last.get().version())) {
            return last;
        }
        List<AliasMove> moves = aliases.history(alias);
        for (int i = moves.size() - 1; i >= 0; i--) {
            AliasMove move = moves.get(i);
            if (stands(move.version())) {
                return Optional.of(move.as(moves.get(moves.size() - 1).sequence()));
            }
        }
        return Optional.empty();
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
        int last = aliases.current(alias).map(AliasMove::sequence).orElse(0);
        AliasMove move = new AliasMove(
                alias,
                // An alias whose every version was removed means nothing, but its numbers are used.
                seen.map(AliasMove::sequence).orElse(last) + 1,
                version,
                seen.map(AliasMove::version).orElse(0),
                clock.instant(),
                actor,
                reason.replaceAll("\\s+", " ").strip());
        if (!current(alias).map(AliasMove::sequence).equals(seen.map(AliasMove::sequence))) {
            throw aliases.moved(move);
        }
        aliases.move(move);
        // From now on whoever wants to remove the version sees that it is named. Who has not seen it, and has not
        // decided, is called off; who has decided was first.
        tombstones.callOff(version);
        if (tombstones.isRemoved(version)) {
            goBack(alias);
            throw unknown(ModelVersion.nameOf(version));
        }
        return move;
    }

    /** Lets an alias whose last move names a removed version name what it means, for readers who know only moves. */
    void goBack(String alias) {
        Optional<AliasMove> last = aliases.current(alias);
        Optional<AliasMove> meant = current(alias);
        if (last.isEmpty()
                || meant.isEmpty()
                || last.get().version() == meant.get().version()) {
            return;
        }
        try {
            aliases.move(new AliasMove(
                    alias,
                    last.get().sequence() + 1,
                    /* version= */ meant.get().version(),
                    /* previous= */ last.get().version(),
                    clock.instant(),
                    last.get().actor(),
                    ModelVersion.nameOf(last.get().version()) + " was removed meanwhile"));
        } catch (AliasMovedException already) {
            LOG.debug("The alias '{}' was moved on meanwhile", alias, already);
        }
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
        return stack.stream().skip(1).flatMap(number -> find(number).stream()).findFirst();
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
