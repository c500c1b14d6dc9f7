package dev.convoke.cli;

import dev.convoke.checkpoint.RunFile;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.registry.retraining.NightFile;
import dev.convoke.registry.retraining.NightFile.Outcome;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import java.time.Instant;
import java.util.Optional;

/**
 * The end of a start of {@code retrain} in the work folder: yesterday's outcome is not to stand there if today's night
 * did not even begin.
 *
 * @param work the work folder
 */
record NightEnd(Location work) implements EndRecord.Own {

    @Override
    public Optional<RunFile.Content> said(FileStores stores, Instant started) {
        return NightFile.read(stores.of(work), work)
                .filter(there ->
                        there.ended().filter(end -> !end.isBefore(started)).isPresent())
                .map(NightEnd::inTheFormatOfRuns);
    }

    @Override
    public Optional<RunFile.Content> say(FileStores stores, RunFile.Content content) {
        int champion = NightFile.read(stores.of(work), work)
                .map(NightFile.Content::champion)
                .orElse(0);
        RunOwnership ownership = RunOwnership.acquire(stores.of(work), work, Takeover.FROM_THE_DEAD);
        try {
            NightFile.Content whole = new NightFile.Content(
                    "",
                    NightFile.Status.valueOf(content.status().name()),
                    content.exitCode(),
                    Outcome.NONE,
                    content.message(),
                    champion,
                    0,
                    ownership.describe(),
                    ownership.token(),
                    content.started(),
                    content.ended());
            NightFile.write(stores.of(work), work, whole);
            return Optional.of(inTheFormatOfRuns(whole));
        } finally {
            ownership.release();
        }
    }

    @Override
    public String toString() {
        return work + "/" + NightFile.FILE;
    }

    private static RunFile.Content inTheFormatOfRuns(NightFile.Content night) {
        return new RunFile.Content(
                RunFile.Status.valueOf(night.status().name()),
                night.exitCode(),
                0,
                night.owner(),
                night.fencingToken(),
                night.message(),
                night.started(),
                night.ended());
    }
}
