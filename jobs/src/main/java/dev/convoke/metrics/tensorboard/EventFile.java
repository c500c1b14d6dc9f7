package dev.convoke.metrics.tensorboard;

import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One event file of a split. No name is ever used again, because TensorBoard never opens one twice; names sort in the
 * order in which files were written, because TensorBoard reads them in that order.
 *
 * @param location the whole address
 * @param stamp when it was written, in milliseconds since 1970, made larger than that of every file before it; 0 for
 *     files of before the first release, whose names have none
 * @param firstStep the lowest step in it
 * @param lastStep the highest step in it
 * @param level 0 for a file of one step, one more each time files were merged into it
 * @param bytes its length
 */
record EventFile(Location location, long stamp, long firstStep, long lastStep, int level, long bytes) {

    private static final Pattern NAME =
            Pattern.compile("events\\.out\\.tfevents\\.(?:(\\d{13})\\.)?(\\d{10})(?:-(\\d{10})-(\\d))?");

    /** Returns the file that an entry of a folder is, or empty if it is something else. */
    static Optional<EventFile> of(FileEntry entry) {
        Matcher name = NAME.matcher(entry.location().name());
        if (entry.folder() || !name.matches()) {
            return Optional.empty();
        }
        long stamp = name.group(1) == null ? 0 : Long.parseLong(name.group(1));
        long first = Long.parseLong(name.group(2));
        long last = name.group(3) == null ? first : Long.parseLong(name.group(3));
        int level = name.group(4) == null ? 0 : Integer.parseInt(name.group(4));
        return Optional.of(new EventFile(entry.location(), stamp, first, last, level, entry.bytes()));
    }

    /** Returns the file of such steps that stands in a folder. */
    static EventFile in(Location folder, long stamp, Content content) {
        String name = String.format(
                Locale.ROOT,
                "events.out.tfevents.%013d.%010d-%010d-%d",
                stamp,
                content.firstStep(),
                content.lastStep(),
                content.level());
        return new EventFile(
                folder.child(name),
                stamp,
                content.firstStep(),
                content.lastStep(),
                content.level(),
                content.bytes().length);
    }

    /** Returns whether another file, which was merged later, holds everything that this one does. */
    boolean isReplacedBy(EventFile other) {
        return other.level > 0 && other.stamp > stamp && other.firstStep <= firstStep && lastStep <= other.lastStep;
    }

    /**
     * What is written into one file.
     *
     * @param firstStep the lowest step in it
     * @param lastStep the highest step in it
     * @param level how often it was merged
     * @param bytes the whole file; not copied
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Content(long firstStep, long lastStep, int level, byte[] bytes) {

        /** Puts one step into a file. */
        static Content of(Events events) {
            return new Content(events.step(), events.step(), 0, events.toFile());
        }

        /** Puts steps into one file, in order. */
        static Content of(NavigableMap<Long, List<byte[]>> steps, int level) {
            double now = System.currentTimeMillis() / 1e3;
            EventRecords records = new EventRecords();
            records.add(Events.version(now));
            records.add(Events.startingAgain(now, steps.firstKey()));
            steps.values().forEach(events -> events.forEach(records::add));
            return new Content(steps.firstKey(), steps.lastKey(), level, records.toBytes());
        }
    }
}
