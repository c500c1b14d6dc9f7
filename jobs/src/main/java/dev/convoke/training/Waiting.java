package dev.convoke.training;

import dev.convoke.storage.StorageException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for background work, never for ever. */
public final class Waiting {

    private static final long LONGEST_SECONDS = 1_800;

    private Waiting() {}

    /**
     * Returns what the work gives; what it throws is thrown as it is.
     *
     * @param what is waited for, for messages
     * @throws StorageException if it takes longer than half an hour: whatever it writes to has stopped answering
     */
    public static <T> T forResult(Future<T> work, String what) {
        try {
            return work.get(LONGEST_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause();
            if (cause instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException("Background work on " + what + " failed: " + cause, cause);
        } catch (TimeoutException late) {
            throw new StorageException(
                    "No end of " + what + " in " + LONGEST_SECONDS + " s; check that the storage answers, then run the "
                            + "same command again",
                    late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for " + what, interrupted);
        }
    }
}
