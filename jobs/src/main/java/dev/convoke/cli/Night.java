package dev.convoke.cli;

import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.config.Recipe;
import dev.convoke.config.RetrainConfig;
import dev.convoke.registry.ModelRegistry;
import dev.convoke.registry.retraining.StepLog;
import dev.convoke.shard.ShardManifest;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import java.time.Clock;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What the steps of one night share.
 *
 * @param spark does the work
 * @param config what is done every night
 * @param recipe what is trained, as its file and the overrides have it
 * @param folder where the night's files are
 * @param ownership of the work folder
 * @param clock for records and ages
 * @param wishes what the person who started it asks for beyond the configuration
 * @param guard over its jobs; knows of requests to stop
 */
record Night(
        JavaSparkContext spark,
        RetrainConfig config,
        Recipe recipe,
        Location folder,
        RunOwnership ownership,
        Clock clock,
        Wishes wishes,
        JobGuard guard) {

    /**
     * What a person asks for.
     *
     * @param trains train whatever the triggers say
     * @param takesHeldBack take in what earlier nights held back, and hold nothing back
     * @param takeover from whom the night's places may be taken
     * @param watch how the training is watched
     */
    record Wishes(boolean trains, boolean takesHeldBack, Takeover takeover, Watch watch) {}

    StorageAccess storage() {
        return StorageAccess.of(spark.hadoopConfiguration());
    }

    /** Returns the store of the night's folder. */
    FileStore store() {
        return storage().stores().of(folder);
    }

    Location data() {
        return Location.parse(config.places().data());
    }

    /** Returns on what terms the dataset is changed: others may shard into it, but a night that was lost may not. */
    Takeover datasetTakeover() {
        return wishes.takeover().within(ownership);
    }

    /** Returns on what terms the night's run is trained: only its owner does, whoever died there before. */
    Takeover runTakeover() {
        return Takeover.FROM_ANYONE.within(ownership);
    }

    Location source() {
        return Location.parse(config.places().source());
    }

    Location run() {
        return folder.child("run");
    }

    Location addition() {
        return folder.child("addition");
    }

    FileStores stores() {
        return storage().stores();
    }

    FileStore dataStore() {
        return storage().stores().of(data());
    }

    /** Returns the dataset as it is now, or empty if there is none yet. */
    Optional<ShardManifest> manifest() {
        return dataStore().exists(data().child(ShardManifest.FILE))
                ? Optional.of(ShardManifest.read(dataStore(), data()))
                : Optional.empty();
    }

    ModelRegistry registry() {
        return new ModelRegistry(
                storage().stores(), Location.parse(config.places().registry()), clock);
    }

    StepLog steps() {
        return new StepLog(store(), folder, clock, guard::checkNotStopped, ownership::checkStillOwner);
    }

    Console console() {
        return wishes.watch().console();
    }

    /** Returns how people call the night. */
    String name() {
        return folder.name();
    }
}
