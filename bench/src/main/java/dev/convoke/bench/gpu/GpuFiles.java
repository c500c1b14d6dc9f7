package dev.convoke.bench.gpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where a bundle keeps its files, and where a checkout does. */
final class GpuFiles {

    private GpuFiles() {}

    /** Returns the folder of this process' bundle, or the one of the checkout. */
    static Path folder() {
        String given = System.getProperty("convoke.gpu.folder");
        return given != null
                ? Path.of(given)
                : Path.of(System.getProperty("convoke.home", "."), "bench", "target", "gpu");
    }

    /** Returns the folder with the peers in Python. */
    static Path python(Path folder) {
        Path bundled = folder.resolve("python");
        return Files.isDirectory(bundled)
                ? bundled
                : Path.of(System.getProperty("convoke.home", "."), "bench", "src", "main", "python");
    }

    static Path cases(Path folder) {
        return folder.resolve("cases");
    }

    static Path networks(Path folder) {
        return folder.resolve("networks");
    }

    /** Makes the cases where there are none: on a machine with a checkout, which can. */
    static void require(Path folder) throws IOException {
        if (!Files.isDirectory(networks(folder))) {
            References.write(folder);
        }
    }

    /**
     * Returns the names of the JSON files of a folder, the small networks first, as they would be if they were made.
     */
    static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .sorted((one, other) -> rank(one).compareTo(rank(other)))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "No files in " + folder + "; make the bundle anew with './convoke bench gpu-bundle': " + e, e);
        }
    }

    private static String rank(String name) {
        return (name.startsWith("op-") ? "0" : "1") + name;
    }
}
