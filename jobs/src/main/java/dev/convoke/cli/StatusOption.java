package dev.convoke.cli;

import dev.convoke.storage.Location;
import org.apache.spark.SparkConf;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a verb leaves its end for a scheduler that cannot see the exit code; a picocli mixin. */
final class StatusOption {

    @Option(
            names = "--status",
            paramLabel = "URI",
            description = "Writes the end to this file, too, in the format of run.json: for schedulers, where the exit"
                    + " code is lost or the verb's own storage may fail.")
    private @Nullable String status;

    /** Returns the place, or null if nobody asked. */
    @Nullable
    Location placeOrNull() {
        return status == null ? null : Location.parse(status);
    }

    /** Returns the record of a verb that has none but this. */
    EndRecord record() {
        return EndRecord.elsewhere(new SparkConf(), placeOrNull());
    }
}
