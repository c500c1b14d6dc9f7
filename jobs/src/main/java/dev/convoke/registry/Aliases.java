package dev.convoke.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.storage.AlreadyExistsException;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.NewerFormatException;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What names mean. A move is a file of the next number, written under a temporary name and renamed to a name that must
 * not exist: exactly one of many writers gets a number, nobody reads half a move, and whoever decided on an older state
 * finds its number taken. Safe for use by many threads and processes.
 */
final class Aliases {

    private static final int FORMAT_VERSION = 1;
    private static final int LARGEST_BYTES = 1 << 16;
    private static final Pattern MOVE = Pattern.compile("(\\d{6,9})\\.json");
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");

    private final FileStore store;
    private final Location folder;

    Aliases(FileStore store, Location registry) {
        this.store = store;
        this.folder = registry.child("aliases");
    }

    /** Returns the names of all aliases. */
    List<String> names() {
        return store.list(folder).stream()
                .filter(FileEntry::folder)
                .map(entry -> entry.location().name())
                .filter(name -> NAME.matcher(name).matches())
                .toList();
    }

    /** Returns the last move of an alias. */
    Optional<AliasMove> current(String alias) {
        List<Integer> numbers = numbers(alias);
        return numbers.isEmpty() ? Optional.empty() : Optional.of(read(alias, numbers.get(numbers.size() - 1)));
    }

    /** Returns all moves of an alias, oldest first. */
    List<AliasMove> history(String alias) {
        return numbers(alias).stream().map(number -> read(alias, number)).toList();
    }

    /**
     * Moves an alias.
     *
     * @throws AliasMovedException if somebody has moved it since; nothing is changed then
     */
    void move(AliasMove move) {
        requireName(move.alias());
        Location temporary = folder.child(move.alias()).child(".tmp-" + UUID.randomUUID());
        try (DurableOutput output = store.create(temporary)) {
            output.write(text(move));
        } catch (IOException e) {
            throw new StorageException("Cannot write " + temporary + ": " + e.getMessage() + "; check the storage", e);
        }
        try {
            store.rename(temporary, file(move.alias(), move.sequence()));
        } catch (AlreadyExistsException e) {
            throw moved(move);
        } finally {
            store.delete(temporary);
        }
    }

    /** Returns the failure to throw when an alias is not where it was expected. */
    AliasMovedException moved(AliasMove wanted) {
        String now = current(wanted.alias())
                .map(move -> ModelVersion.nameOf(move.version()) + " since " + move.at() + " by " + move.actor() + " ("
                        + move.reason() + ")")
                .orElse("nothing");
        return new AliasMovedException("The alias '" + wanted.alias() + "' was moved meanwhile: it names " + now
                + ", not " + (wanted.previous() == 0 ? "nothing" : ModelVersion.nameOf(wanted.previous()))
                + " any more. Nothing was changed; decide again");
    }

    /** Returns whether an alias could be called so. */
    static boolean isName(String alias) {
        return NAME.matcher(alias).matches();
    }

    private static void requireName(String alias) {
        if (!isName(alias)) {
            throw new IllegalArgumentException(
                    "'" + alias + "' is no name for an alias: use small letters, digits and hyphens, such as champion");
        }
    }

    private List<Integer> numbers(String alias) {
        requireName(alias);
        List<Integer> numbers = new ArrayList<>();
        for (FileEntry entry : store.list(folder.child(alias))) {
            Matcher matcher = MOVE.matcher(entry.location().name());
            if (matcher.matches()) {
                numbers.add(Integer.valueOf(matcher.group(1)));
            }
        }
        numbers.sort(Comparator.naturalOrder());
        return numbers;
    }

    private Location file(String alias, int sequence) {
        return folder.child(alias).child(String.format(Locale.ROOT, "%06d.json", sequence));
    }

    private static byte[] text(AliasMove move) {
        ObjectNode root = JsonFields.object();
        root.put("format_version", FORMAT_VERSION);
        root.put("version", move.version());
        root.put("previous", move.previous());
        root.put("at", move.at().toString());
        root.put("actor", move.actor());
        root.put("reason", move.reason());
        return JsonFields.text(root);
    }

    private AliasMove read(String alias, int sequence) {
        Location file = file(alias, sequence);
        JsonFields fields = JsonFields.parse(store.read(file, LARGEST_BYTES), file);
        NewerFormatException.check(file, fields.whole("format_version"), FORMAT_VERSION);
        return new AliasMove(
                alias,
                sequence,
                fields.integer("version"),
                fields.integer("previous"),
                Instant.parse(fields.text("at")),
                fields.text("actor"),
                fields.text("reason"));
    }
}
