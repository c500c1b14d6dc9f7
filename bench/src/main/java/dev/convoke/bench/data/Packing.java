package dev.convoke.bench.data;

import dev.convoke.bench.Contender;
import dev.convoke.data.ImageDecoder;
import dev.convoke.shard.ShardWriter;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.Layout;
import dev.convoke.shard.ingest.ShardBuilder;
import dev.convoke.shard.ingest.ShardBuilder.Recipe;
import dev.convoke.shard.ingest.SourceImage;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Makes shards of a heap of photographs on all cores, as Spark's tasks do, without Spark; and writes as many bytes with
 * nothing else to do.
 */
final class Packing implements AutoCloseable {

    /** Photographs in one measurement: about 200 MB. */
    private static final int ROWS = 2_000;

    private final Path folder;
    private final Location source;
    private final long bytes;
    private final List<SourceImage> images = new ArrayList<>();
    private final List<byte[]> photographs;
    private final int cores = Runtime.getRuntime().availableProcessors();
    private final LocalFileStore store = new LocalFileStore();
    private final FileStores stores = location -> store;
    private int turn;

    Packing(Path folder, List<byte[]> photographs) throws IOException {
        this.folder = folder;
        this.photographs = photographs;
        Path file = folder.resolve("source.bin");
        this.source = Location.parse(file.toString());
        long offset = 0;
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int i = 0; i < ROWS; i++) {
                byte[] photograph = photographs.get(i % photographs.size());
                out.write(ByteBuffer.wrap(photograph));
                images.add(new SourceImage("cat/" + i + ".jpg", source.uri(), offset, photograph.length));
                offset += photograph.length;
            }
        }
        this.bytes = offset;
    }

    /** Writes the same bytes to as many files as there are cores, forced to disk. */
    Contender rawWrite() {
        return contender("raw write", core -> {
            Path file = folder.resolve("raw-" + turn + "-" + core);
            try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                for (int i = core; i < ROWS; i += cores) {
                    out.write(ByteBuffer.wrap(photographs.get(i % photographs.size())));
                }
                out.force(true);
            }
            Files.delete(file);
        });
    }

    /** Makes a shard a core; statistics of a tenth of the pixels, as large datasets have them. */
    Contender pack(String name, int resize) {
        return contender(name, core -> {
            Location target = Location.parse(
                    folder.resolve("pack-" + turn + "-" + core + "-" + resize).toString());
            Recipe recipe = new Recipe(new Layout("", List.of(), List.of("cat")), resize, 2 << 20, "", 0.1);
            ShardWriter.Place place = new ShardWriter.Place("train/part-00000.parquet", Split.TRAIN, List.of("cat"));
            new ShardBuilder(stores, recipe, target).build(place, every(core).iterator());
            store.delete(target);
        });
    }

    /** Decodes, scales and encodes again, and keeps nothing: what bounds packing at another size. */
    Contender encodeAlone(int resize) {
        ImageDecoder decoder = new ImageDecoder();
        return contender("decode, resize, encode alone", core -> {
            for (int i = core; i < ROWS; i += cores) {
                decoder.shrink(photographs.get(i % photographs.size()), resize, ShardBuilder.JPEG_QUALITY);
            }
        });
    }

    private List<SourceImage> every(int core) {
        List<SourceImage> mine = new ArrayList<>();
        for (int i = core; i < ROWS; i += cores) {
            mine.add(images.get(i));
        }
        return mine;
    }

    private interface Part {
        void run(int core) throws IOException;
    }

    private Contender contender(String name, Part part) {
        return new Contender() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public double measure() throws Exception {
                turn++;
                ExecutorService threads = Executors.newFixedThreadPool(cores);
                long started = System.nanoTime();
                try {
                    List<Future<?>> parts = new ArrayList<>();
                    for (int i = 0; i < cores; i++) {
                        int core = i;
                        parts.add(threads.submit(() -> {
                            part.run(core);
                            return core;
                        }));
                    }
                    for (Future<?> each : parts) {
                        each.get();
                    }
                } finally {
                    threads.shutdown();
                }
                return bytes / ((System.nanoTime() - started) / 1e9);
            }
        };
    }

    @Override
    public void close() {
        store.delete(Location.parse(folder.toString()));
    }
}
