package dev.convoke.data.synthetic;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * Writes generated photographs as people keep theirs: a folder for each kind, and among them files that are not what
 * their names say. The same seed and count write the same bytes.
 */
public final class PhotographFolder {

    private PhotographFolder() {}

    /**
     * What was written.
     *
     * @param photographs how many readable images
     * @param odd readable images in an unusual guise (a PNG named .jpg, a JPEG in CMYK), relative to the folder, sorted
     * @param broken files that no decoder can read whole, relative to the folder, sorted
     */
    public record Written(int photographs, List<String> odd, List<String> broken) {

        /** Copies the lists. */
        public Written {
            odd = List.copyOf(odd);
            broken = List.copyOf(broken);
        }
    }

    /**
     * Writes {@code count} photographs, as many of each kind as the next up to one, and a few odd and broken files.
     * Files that are there already are overwritten.
     *
     * @param folder created if it is missing
     * @param count at least one for each kind
     * @throws UncheckedIOException if the disk refuses; names the file
     */
    public static Written write(Path folder, long seed, int count) {
        List<String> kinds = PhotographGenerator.kinds();
        if (count < kinds.size()) {
            throw new IllegalArgumentException(
                    "There are " + kinds.size() + " kinds of photographs, so ask for at least as many, not " + count);
        }
        PhotographGenerator generator = new PhotographGenerator(seed);
        kinds.forEach(kind -> makeFolder(folder.resolve(kind)));
        IntStream.range(0, count).parallel().forEach(index -> {
            Photograph photograph = generator.photograph(index);
            write(folder.resolve(photograph.kind()).resolve(photograph.name()), photograph.encoded());
        });
        // The photographs after the last are spoilt, so none is a copy of a good one.
        List<String> odd = writeOdd(folder, generator, count);
        List<String> broken = writeBroken(folder, generator, count + odd.size());
        return new Written(count + odd.size(), odd, broken);
    }

    private static List<String> writeOdd(Path folder, PhotographGenerator generator, int firstIndex) {
        Photograph first = generator.photograph(firstIndex);
        Photograph second = generator.photograph(firstIndex + 1);
        String png = first.kind() + "/odd-png.jpg";
        String cmyk = second.kind() + "/odd-cmyk.jpg";
        write(folder.resolve(png), JpegFiles.png(decode(first)));
        write(folder.resolve(cmyk), JpegFiles.cmyk(decode(second), 0.9f));
        return sorted(List.of(png, cmyk));
    }

    private static List<String> writeBroken(Path folder, PhotographGenerator generator, int firstIndex) {
        Photograph cut = generator.photograph(firstIndex);
        Photograph headless = generator.photograph(firstIndex + 1);
        String truncated = cut.kind() + "/broken-truncated.jpg";
        String beheaded = headless.kind() + "/broken-no-header.jpg";
        String empty = PhotographGenerator.kinds().get(0) + "/broken-empty.jpg";
        String page = PhotographGenerator.kinds().get(1) + "/broken-web-page.jpg";
        byte[] bytes = cut.encoded();
        write(folder.resolve(truncated), Arrays.copyOf(bytes, bytes.length * 3 / 5));
        write(folder.resolve(beheaded), Arrays.copyOfRange(headless.encoded(), 200, headless.encoded().length));
        write(folder.resolve(empty), new byte[0]);
        write(
                folder.resolve(page),
                "<!DOCTYPE html><title>404</title><p>This picture has moved.\n".getBytes(StandardCharsets.UTF_8));
        return sorted(List.of(truncated, beheaded, empty, page));
    }

    private static List<String> sorted(List<String> names) {
        List<String> sorted = new ArrayList<>(names);
        sorted.sort(null);
        return sorted;
    }

    private static BufferedImage decode(Photograph photograph) {
        try {
            return ImageIO.read(new ByteArrayInputStream(photograph.encoded()));
        } catch (IOException e) {
            throw new UncheckedIOException("Reading back " + photograph.name() + " failed", e);
        }
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot create " + folder + ": is the disk full or the folder not yours?", e);
        }
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write " + file + ": is the disk full or the folder not yours?", e);
        }
    }
}
