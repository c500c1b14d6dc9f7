package dev.convoke.bench.ingest;

import dev.convoke.bench.BenchOptions;
import dev.convoke.bench.BenchReport;
import dev.convoke.bench.Row;
import dev.convoke.bench.ingest.ShardProcess.Sharded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Shards folders of many small images and one large tar with {@code convoke shard}, driver and executor each in a JVM
 * of its own. Sources grow from case to case: memory that grew with them would show.
 */
@Command(
        name = "ingest",
        description = "Sharding of many images and of one large tar: time and memory of driver and executor.",
        mixinStandardHelpOptions = true)
public final class IngestBench implements Callable<Integer> {

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Option(
            names = "--images",
            split = ",",
            description = "Sizes of the folders of small images (default: ${DEFAULT-VALUE}).")
    private List<Integer> images = List.of(25_000, 200_000);

    @Option(
            names = "--tar-mb",
            split = ",",
            description = "Sizes of the tars of 500x375 photographs in MB (default: ${DEFAULT-VALUE}).")
    private List<Integer> tars = List.of(500, 5_000);

    @Option(names = "--folder", description = "Where sources and datasets are made (default: the temporary folder).")
    private Path folder = Path.of(System.getProperty("java.io.tmpdir"));

    /** What a case is made of. */
    private interface Maker {
        Sources.Made make(Path parent) throws IOException;
    }

    private record Case(String name, Maker maker) {}

    @Override
    public Integer call() throws Exception {
        BenchReport report = options.report();
        Sources sources = new Sources();
        List<Case> cases = new ArrayList<>();
        images.forEach(
                count -> cases.add(new Case("folders of small images", parent -> sources.folders(parent, count))));
        tars.forEach(size ->
                cases.add(new Case("one tar of photographs", parent -> sources.tar(parent, size * 1_000_000L))));
        for (Case each : cases) {
            Path own = Files.createTempDirectory(folder, "convoke-bench-ingest");
            try {
                Sources.Made made = each.maker().make(own);
                report.add(row(each.name(), made, new ShardProcess(own).shard(made.source())));
            } finally {
                Sources.delete(own);
            }
        }
        report.printTable();
        return 0;
    }

    private static Row row(String name, Sources.Made made, Sharded sharded) {
        return Row.builder()
                .label("case", name)
                .number("images", made.images())
                .number("source_mb", made.bytes() / 1e6)
                .number("seconds", sharded.seconds())
                .number("rate", made.images() / sharded.seconds())
                .label("unit", "images a second")
                .number("mb_per_second", made.bytes() / 1e6 / sharded.seconds())
                .number("driver_peak_mb", sharded.driver().residentMegabytes())
                .number("driver_heap_mb", sharded.driver().liveHeapMegabytes())
                .number("executor_peak_mb", sharded.executor().residentMegabytes())
                .number("executor_heap_mb", sharded.executor().liveHeapMegabytes())
                .build();
    }
}
