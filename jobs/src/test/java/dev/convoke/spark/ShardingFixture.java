package dev.convoke.spark;

import dev.convoke.data.Example;
import dev.convoke.data.TestImages;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Images in a folder of their own, and where their dataset goes. */
abstract class ShardingFixture {

    final LocalFileStore store = new LocalFileStore();
    final FileStores stores = location -> store;
    final SparkSharder sharder = new SparkSharder(SharedSpark.local());

    @TempDir
    Path folder;

    Path images;
    Location out;

    @BeforeEach
    void name() {
        images = folder.resolve("images");
        out = Location.parse(folder.resolve("dataset").toString());
    }

    ShardingOptions options() {
        return ShardingOptions.of(Location.parse(images.toString()), out);
    }

    Map<String, byte[]> put(String classFolder, int count) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            String name = classFolder + "/" + i + (i % 5 == 0 ? ".png" : ".jpg");
            byte[] bytes = i % 5 == 0
                    ? TestImages.encode(TestImages.picture(20 + i, 16, i + classFolder.hashCode()), "png")
                    : TestImages.jpeg(20 + i, 16, i + classFolder.hashCode());
            write(name, bytes);
            files.put(name, bytes);
        }
        return files;
    }

    void write(String name, byte[] bytes) throws IOException {
        TestDownloads.write(images, name, bytes);
    }

    static List<Example> all(ShardedDataset dataset, Split split) {
        ExampleGroups groups = dataset.groups(split);
        List<Example> examples = new ArrayList<>();
        for (int group = 0; group < groups.sizes().size(); group++) {
            examples.addAll(groups.read(group));
        }
        return examples;
    }

    static List<Path> walk(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(Files::isRegularFile).toList();
        }
    }

    List<String> names(Location location) {
        return store.list(location).stream()
                .map(FileEntry::location)
                .map(Location::name)
                .toList();
    }
}
