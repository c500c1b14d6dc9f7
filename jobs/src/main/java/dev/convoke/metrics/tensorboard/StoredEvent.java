package dev.convoke.metrics.tensorboard;

/**
 * An event as {@link Events} has written it: first its time, then its step if it has one, then what it shows.
 *
 * @param step the round it belongs to
 * @param shown whether it shows anything; the version and the marks between steps do not
 * @param bytes the whole event; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record StoredEvent(long step, boolean shown, byte[] bytes) {

    private static final int BEHIND_TIME = 1 + Double.BYTES;
    private static final int STEP = 2 << 3;
    private static final int GRAPH = 4 << 3 | 2;
    private static final int SUMMARY = 5 << 3 | 2;

    /** Reads as much of an event as has to be known to move it to another file. */
    static StoredEvent of(byte[] bytes) {
        int position = BEHIND_TIME;
        long step = 0;
        if (position < bytes.length && bytes[position] == STEP) {
            int shift = 0;
            do {
                position++;
                step |= (bytes[position] & 0x7FL) << shift;
                shift += 7;
            } while (bytes[position] < 0);
            position++;
        }
        boolean shown = position < bytes.length && (bytes[position] == GRAPH || bytes[position] == SUMMARY);
        return new StoredEvent(step, shown, bytes);
    }
}
