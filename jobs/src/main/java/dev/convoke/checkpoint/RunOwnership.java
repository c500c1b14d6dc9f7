package dev.convoke.checkpoint;

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
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who owns a run directory. Owners are numbered; the number is the fencing token. Taking a run over means creating the
 * record of the next number, which exactly one of many can do. An owner that finds a higher number has lost the run and
 * commits nothing any more, however long it was paused. Safe for use by many threads.
 *
 * <p>A run is free when nobody owned it, when its owner has released it, or when its owner is certainly dead: a process
 * of this same boot and container that does not exist any more, one of an earlier boot of this host, or one of another
 * place to which the same name was given ({@code CONVOKE_HOST}). In any other case nobody can know, and only
 * {@link Takeover#FROM_ANYONE} takes it. There is no heartbeat: a paused owner is no dead one, and a late one is
 * fenced.
 */
public final class RunOwnership {

    /** From whom a place may be taken, and what else it depends on. Immutable. */
    public static final class Takeover {

        /** From a process that is certainly dead. */
        public static final Takeover FROM_THE_DEAD = new Takeover(/* asks= */ true, () -> {});

        /** From anyone; whoever asks for it has made sure, or accepts, that the other one stops. */
        public static final Takeover FROM_ANYONE = new Takeover(/* asks= */ false, () -> {});

        private final boolean asks;
        private final Runnable guard;

        private Takeover(boolean asks, Runnable guard) {
            this.asks = asks;
            this.guard = guard;
        }

        /** Returns from whom, as a command line says it. */
        public static Takeover asked(boolean fromAnyone) {
            return fromAnyone ? FROM_ANYONE : FROM_THE_DEAD;
        }

        /**
         * Returns this for a place that only the owner of another one works on: it is lost together with that one, so
         * that a process which lost that one cannot commit here, even if it takes this place again.
         */
        public Takeover within(RunOwnership other) {
            return new Takeover(asks, other::checkStillOwner);
        }
    }

    private static final int FORMAT_VERSION = 1;
    private static final int LARGEST_RECORD = 1 << 16;
    private static final Pattern NAME = Pattern.compile("owner-(\\d{6,18})\\.json");

    private final FileStore store;
    private final Location run;
    private final long token;
    private final ProcessIdentity process;
    private final Instant since;
    private final Runnable guard;

    private RunOwnership(FileStore store, Location run, Owner owner, Runnable guard) {
        this.store = store;
        this.run = run;
        this.token = owner.token();
        this.process = owner.process();
        this.since = owner.since();
        this.guard = guard;
    }

    /**
     * Makes this process the owner of a run directory, which is created if necessary.
     *
     * @throws RunOwnedException naming the owner if it is not free
     */
    public static RunOwnership acquire(FileStore store, Location run, Takeover takeover) {
        return acquire(store, run, takeover, ProcessIdentity.current(), Clock.systemUTC());
    }

    static RunOwnership acquire(
            FileStore store, Location run, Takeover takeover, ProcessIdentity process, Clock clock) {
        takeover.guard.run();
        Optional<Owner> last = last(store, run);
        if (last.isPresent() && !last.get().released() && takeover.asks) {
            Owner owner = last.get();
            if (!owner.process().isCertainlyDead(process)) {
                throw new RunOwnedException(run + " is in use by " + owner.describe()
                        + "; wait until it ends, choose another directory, or take it over explicitly (--take-over) if"
                        + " that process is gone for certain");
            }
        }
        long token = last.map(Owner::token).orElse(0L) + 1;
        Owner owner = new Owner(token, process, clock.instant(), false);
        RunOwnership ownership = new RunOwnership(store, run, owner, takeover.guard);
        try {
            ownership.writeNew();
        } catch (AlreadyExistsException e) {
            throw new RunOwnedException(run + " was taken a moment ago by "
                    + last(store, run).map(Owner::describe).orElse("another process")
                    + "; wait until it ends, or choose another directory");
        }
        return ownership;
    }

    /**
     * One owner of a run.
     *
     * @param owner who it was, for people
     * @param since when it became the owner
     * @param released whether it has given the run back; one that has not was killed, or is at work
     */
    public record Term(String owner, Instant since, boolean released) {}

    /** Returns all owners a run has had, the first one first. */
    public static List<Term> history(FileStore store, Location run) {
        List<Term> terms = new ArrayList<>();
        for (FileEntry entry : store.list(folder(run))) {
            Matcher matcher = NAME.matcher(entry.location().name());
            if (matcher.matches()) {
                Owner owner = read(store, entry.location(), Long.parseLong(matcher.group(1)));
                terms.add(new Term(owner.describe(), owner.since(), owner.released()));
            }
        }
        return List.copyOf(terms);
    }

    /** Returns whether the last owner was a process that is certainly dead and did not give the run back. */
    public static boolean wasKilled(FileStore store, Location run) {
        return last(store, run)
                .map(owner -> !owner.released() && owner.process().isCertainlyDead(ProcessIdentity.current()))
                .orElse(false);
    }

    /** Returns the number of this owner: higher than that of every owner before. */
    public long token() {
        return token;
    }

    /** Returns who this is, for people: host, process and since when. */
    public String describe() {
        return new Owner(token, process, since, false).describe();
    }

    /**
     * Does nothing if this is still the owner. Called right before each commit.
     *
     * @throws RunOwnedException naming the new owner if it is not
     */
    public void checkStillOwner() {
        guard.run();
        Optional<Owner> last = last(store, run);
        if (!isThis(last)) {
            throw new RunOwnedException(run + " does not belong to " + describe() + " any more but to "
                    + last.map(Owner::describe).orElse("nobody, its owner records were deleted")
                    + "; this process stops without saving, the other one goes on");
        }
    }

    /** Returns whether this is still the owner; whatever else it depends on is not asked. */
    public boolean isStillOwner() {
        return isThis(last(store, run));
    }

    /** The records of a place that is deleted after use begin anew: the number alone does not tell two owners apart. */
    private boolean isThis(Optional<Owner> last) {
        return last.equals(Optional.of(new Owner(token, process, since, false)));
    }

    /** Gives the run back, so that anyone may continue it. Does nothing if it was taken over. */
    public void release() {
        if (isStillOwner()) {
            store.replace(file(token), text(true));
        }
    }

    /** The record gets its name when it is whole: nobody ever reads half of it. */
    private void writeNew() {
        Location temporary = folder(run).child(".tmp-" + UUID.randomUUID());
        try (DurableOutput output = store.create(temporary)) {
            output.write(text(false));
        } catch (IOException e) {
            throw new StorageException("Cannot write " + temporary + ": " + e.getMessage() + "; check the storage", e);
        }
        try {
            store.rename(temporary, file(token));
        } finally {
            store.delete(temporary);
        }
    }

    private byte[] text(boolean released) {
        ObjectNode root = JsonFields.object();
        root.put("format_version", FORMAT_VERSION);
        root.put("fencing_token", token);
        root.put("host", process.host());
        root.put("host_id", process.hostId());
        root.put("machine", process.machine());
        root.put("pid", process.pid());
        root.put("process_started_millis", process.startedMillis());
        root.put("since", since.toString());
        root.put("released", released);
        return JsonFields.text(root);
    }

    private Location file(long number) {
        return folder(run).child(String.format(Locale.ROOT, "owner-%06d.json", number));
    }

    private static Location folder(Location run) {
        return run.child("_OWNERS");
    }

    private static Optional<Owner> last(FileStore store, Location run) {
        long highest = 0;
        Location file = run;
        for (FileEntry entry : store.list(folder(run))) {
            Matcher matcher = NAME.matcher(entry.location().name());
            if (matcher.matches() && Long.parseLong(matcher.group(1)) > highest) {
                highest = Long.parseLong(matcher.group(1));
                file = entry.location();
            }
        }
        return highest == 0 ? Optional.empty() : Optional.of(read(store, file, highest));
    }

    private static Owner read(FileStore store, Location file, long token) {
        JsonFields fields = JsonFields.parse(store.read(file, LARGEST_RECORD), file);
        NewerFormatException.check(file, fields.whole("format_version"), FORMAT_VERSION);
        ProcessIdentity process = new ProcessIdentity(
                fields.text("host"),
                fields.optionalText("host_id").orElse(""),
                fields.text("machine"),
                fields.whole("pid"),
                fields.whole("process_started_millis"));
        return new Owner(token, process, Instant.parse(fields.text("since")), fields.flag("released"));
    }

    private record Owner(long token, ProcessIdentity process, Instant since, boolean released) {

        String describe() {
            return "process " + process.pid() + " on " + process.host() + " since " + since + " (owner " + token + ")";
        }
    }
}
