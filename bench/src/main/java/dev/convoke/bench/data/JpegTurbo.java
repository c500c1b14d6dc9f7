package dev.convoke.bench.data;

import dev.convoke.bench.Contender;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * libjpeg-turbo's own rate: its benchmark {@code tjbench} (Debian's {@code libjpeg-turbo-progs}) decodes each file over
 * and over into one buffer, on one core. Images a second over all files.
 */
final class JpegTurbo implements Contender {

    private static final String SECONDS_A_FILE = "0.05";

    /** The last column of the line of results: millions of pixels a second. */
    private static final Pattern RATE = Pattern.compile("(?m)^BGR.*\\s([0-9.]+)\\s*$");

    private final List<Path> files = new ArrayList<>();
    private final double megapixels;

    /** Writes the files into a folder; all have equally many pixels. */
    JpegTurbo(Path folder, List<byte[]> jpegs, int pixels) throws IOException {
        for (byte[] jpeg : jpegs) {
            files.add(Files.write(folder.resolve("photograph-" + files.size() + ".jpg"), jpeg));
        }
        this.megapixels = pixels / 1e6;
    }

    @Override
    public String name() {
        return "libjpeg-turbo";
    }

    @Override
    public double measure() throws IOException, InterruptedException {
        double seconds = 0;
        for (Path file : files) {
            seconds += megapixels / megapixelsPerSecond(file);
        }
        return files.size() / seconds;
    }

    private static double megapixelsPerSecond(Path file) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "tjbench",
                        file.toString(),
                        "-quiet",
                        "-nowrite",
                        "-benchtime",
                        SECONDS_A_FILE,
                        "-warmup",
                        "0.02")
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher rate = RATE.matcher(printed);
        if (process.waitFor() != 0 || !rate.find()) {
            throw new IOException("tjbench printed no rate: " + printed.strip());
        }
        return Double.parseDouble(rate.group(1));
    }
}
