package dev.convoke.cli;

import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.config.RetrainConfig;
import dev.convoke.config.RetrainConfigLoader;
import dev.convoke.registry.ModelRegistry;
import dev.convoke.registry.ModelVersion;
import dev.convoke.registry.VersionRemoval;
import dev.convoke.registry.VersionRetention;
import dev.convoke.registry.retraining.NightFile;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ingest.StrayShards;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Removes what retraining has left and nothing needs. */
@Command(
        name = "housekeep",
        description = "Says which runs, versions and shards of a retraining nothing needs any more; removes them with"
                + " --apply. Never what an alias names.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
final class HousekeepCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CONFIG", description = "The retraining file; its 'keep' says what stays.")
    private String configFile;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides a key of the file; repeatable.")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--apply", description = "Remove what is listed; without it nothing is changed.")
    private boolean apply;

    @Option(
            names = "--take-over",
            description = "Take work folder and dataset from another owner, who must be gone for certain.")
    private boolean takeOver;

    @Mixin
    private StatusOption status;

    private FileStores stores;
    private RetrainConfig config;

    @Override
    public Integer call() {
        return status.record().around("done", this::housekeep);
    }

    private int housekeep() {
        config = RetrainConfigLoader.load(RecipeFile.read(configFile), configFile, overrides);
        stores = StorageAccess.ofClassPath().stores();
        Location work = Location.parse(config.places().work());
        FileStore store = stores.of(work);
        if (!store.exists(work)) {
            print("There is nothing at " + work + " yet");
            return ExitCode.DONE.number();
        }
        // No night may be at work: it could be about to need what is removed.
        RunOwnership ownership = RunOwnership.acquire(store, work, Takeover.asked(takeOver));
        try {
            ModelRegistry registry =
                    new ModelRegistry(stores, Location.parse(config.places().registry()));
            List<ModelVersion> staying = versions(registry, ownership);
            runs(store, work, staying, ownership);
            shards(ownership);
            leftovers(store, work, registry, ownership);
        } finally {
            ownership.release();
        }
        print(apply ? "done" : "nothing was changed: run the same command with --apply to remove these");
        return ExitCode.DONE.number();
    }

    /**
     * Of old nights the runs go, unless a version that stays came from it; what they decided, and the digests by which
     * images are known, stay.
     */
    private void runs(FileStore store, Location work, List<ModelVersion> staying, RunOwnership ownership) {
        Nights nights = new Nights(store, work);
        List<NightFile.Content> over = nights.over();
        Set<String> needed =
                staying.stream().map(version -> version.origin().run()).collect(Collectors.toSet());
        int old = Math.max(0, over.size() - config.keeping().nights());
        for (NightFile.Content content : over.subList(0, old)) {
            Location run = nights.folder(content.night()).child("run");
            if (store.exists(run) && !needed.contains(run.uri())) {
                print("run      " + run);
                if (apply) {
                    ownership.checkStillOwner();
                    store.delete(run);
                }
            }
        }
    }

    /** Returns the versions that stay. */
    private List<ModelVersion> versions(ModelRegistry registry, RunOwnership ownership) {
        VersionRemoval removal = new VersionRemoval(registry, stores.of(registry.location()));
        if (apply) {
            removal.finishInterrupted().forEach(this::print);
        }
        Map<Integer, String> staying = new VersionRetention(
                        config.keeping().versions(), config.keeping().aliasDays())
                .staying(registry, Instant.now());
        List<ModelVersion> kept = new ArrayList<>();
        for (ModelVersion version : registry.versions()) {
            if (staying.containsKey(version.number())) {
                kept.add(version);
            }
            if (!staying.containsKey(version.number())) {
                print("version  " + version.folder());
                if (apply) {
                    ownership.checkStillOwner();
                    boolean gone = removal.remove(version);
                    print(gone ? "" : "         stays: an alias names it since a moment ago");
                    if (!gone) {
                        kept.add(version);
                    }
                }
            }
        }
        return kept;
    }

    private void leftovers(FileStore store, Location work, ModelRegistry registry, RunOwnership ownership) {
        Leftovers inWork = new Leftovers(store, Instant.now());
        Leftovers inRegistry = new Leftovers(stores.of(registry.location()), Instant.now());
        for (Location left : inWork.in(work)) {
            sweep(inWork, left, ownership);
        }
        for (Location left : inRegistry.ofRegistry(registry.location())) {
            sweep(inRegistry, left, ownership);
        }
    }

    private void sweep(Leftovers leftovers, Location left, RunOwnership ownership) {
        print("leftover " + left);
        if (apply) {
            ownership.checkStillOwner();
            leftovers.delete(left);
        }
    }

    private void shards(RunOwnership ownership) {
        Location data = Location.parse(config.places().data());
        FileStore store = stores.of(data);
        if (!store.exists(data.child(ShardManifest.FILE))) {
            return;
        }
        StrayShards strays = new StrayShards(store, data);
        List<Location> found = strays.find();
        found.forEach(stray -> print("shard    " + stray));
        if (apply && !found.isEmpty()) {
            ownership.checkStillOwner();
            DatasetOwnership.with(store, data, Takeover.asked(takeOver).within(ownership), strays::delete);
        }
    }

    private void print(String line) {
        if (!line.isEmpty()) {
            PrintWriter out = spec.commandLine().getOut();
            out.println(line);
            out.flush();
        }
    }
}
