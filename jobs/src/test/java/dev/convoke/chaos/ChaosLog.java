package dev.convoke.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;

/**
 * What a drill has done so far, one line a trial, kept in a file: a drill that is started again with the same seed goes
 * on where the last one stopped. With {@code -Dconvoke.chaos.log=FOLDER} the files stay; else they are of this run
 * only.
 */
final class ChaosLog {

    static final long SEED = Long.getLong("convoke.chaos.seed", 1);

    private final Path file;
    private final String what;

    ChaosLog(String what, Path usually) throws IOException {
        this.what = what;
        String kept = System.getProperty("convoke.chaos.log");
        Path folder = kept == null ? usually : Path.of(kept);
        Files.createDirectories(folder);
        this.file = folder.resolve(what.replace(' ', '-') + "-seed-" + SEED + ".log");
    }

    /** Returns how often something is to be done: a few times, or as often as {@code convoke.chaos.WHAT} says. */
    static int trials(String name, int usually) {
        return Integer.getInteger("convoke.chaos." + name, usually);
    }

    /** Returns the options of another process that is to write the same logs, both of drills and of the program. */
    static String[] options() {
        return System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("convoke.chaos.") || name.startsWith("log4j2."))
                .map(name -> "-D" + name + "=" + System.getProperty(name))
                .toArray(String[]::new);
    }

    List<String> lines() throws IOException {
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    /** Returns how many lines begin with a word. */
    int count(String word) throws IOException {
        return (int) lines().stream().filter(line -> line.startsWith(word)).count();
    }

    void add(String line) throws IOException {
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Prints a figure with what it is worth: after n trials without a failure, at most 3 in n fail, with 95 %. */
    void report(int trials, String outcome) {
        System.out.printf(
                Locale.ROOT,
                "%s: n = %d, seed %d: %s; at most %.4f fail with 95 %% confidence%n",
                what,
                trials,
                SEED,
                outcome,
                Math.min(1, 3.0 / trials));
    }
}
