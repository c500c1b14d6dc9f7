package dev.convoke.data.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.data.ImageDecoder;
import dev.convoke.data.UndecodableImageException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhotographsTest {

    @Test
    void theSameSeedTakesTheSamePhotographsInAnyOrder() {
        PhotographGenerator forwards = new PhotographGenerator(3);
        PhotographGenerator backwards = new PhotographGenerator(3);

        List<byte[]> first = new ArrayList<>();
        for (int index = 0; index < 20; index++) {
            first.add(forwards.photograph(index).encoded());
        }

        for (int index = 19; index >= 0; index--) {
            assertThat(backwards.photograph(index).encoded())
                    .as("photograph %d", index)
                    .isEqualTo(first.get(index));
        }
    }

    @Test
    void anotherSeedOrIndexTakesAnotherPhotograph() {
        byte[] photograph = new PhotographGenerator(3).photograph(5).encoded();

        assertThat(new PhotographGenerator(4).photograph(5).encoded()).isNotEqualTo(photograph);
        assertThat(new PhotographGenerator(3).photograph(15).encoded()).isNotEqualTo(photograph);
    }

    @Test
    void photographsAreReadableAndOfManySizes() throws IOException {
        PhotographGenerator generator = new PhotographGenerator(1);
        TreeMap<String, Integer> sizes = new TreeMap<>();

        for (int index = 0; index < 50; index++) {
            BufferedImage image = ImageIO.read(
                    new ByteArrayInputStream(generator.photograph(index).encoded()));
            assertThat(Math.min(image.getWidth(), image.getHeight()))
                    .isGreaterThanOrEqualTo(PhotographGenerator.SMALLEST_SIDE);
            assertThat(Math.max(image.getWidth(), image.getHeight()))
                    .isLessThanOrEqualTo(PhotographGenerator.LONGEST_SIDE);
            sizes.merge(image.getWidth() + "x" + image.getHeight(), 1, Integer::sum);
        }

        assertThat(sizes).hasSizeGreaterThan(30);
    }

    /** What a network must learn is the shape: the nearest mean colour of a kind names few photographs rightly. */
    @Test
    void meanColourDoesNotTellTheKindsApart() throws IOException {
        PhotographGenerator generator = new PhotographGenerator(1);
        int kinds = PhotographGenerator.kinds().size();
        double[][] centres = new double[kinds][3];
        int perKind = 30;
        for (int index = 0; index < kinds * perKind; index++) {
            double[] colour = meanColour(generator.photograph(index));
            for (int channel = 0; channel < 3; channel++) {
                centres[index % kinds][channel] += colour[channel] / perKind;
            }
        }

        int right = 0;
        for (int index = kinds * perKind; index < 2 * kinds * perKind; index++) {
            right += nearest(centres, meanColour(generator.photograph(index))) == index % kinds ? 1 : 0;
        }

        assertThat(right / (double) (kinds * perKind)).isLessThan(0.35);
    }

    @Test
    void aFolderHoldsEveryKindAndListsWhatIsWrong(@TempDir Path folder) throws IOException {
        PhotographFolder.Written written = PhotographFolder.write(folder, 9, 25);

        assertThat(written.photographs()).isEqualTo(27);
        assertThat(written.broken()).hasSize(4).isSorted();
        try (Stream<Path> files = Files.walk(folder)) {
            List<String> names = files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
            assertThat(names).hasSize(31).containsAll(written.odd()).containsAll(written.broken());
            for (String name : names) {
                assertThat(readable(folder.resolve(name)))
                        .as(name)
                        .isEqualTo(!written.broken().contains(name));
            }
        }
    }

    @Test
    void writingTwiceGivesTheSameBytes(@TempDir Path one, @TempDir Path other) throws IOException {
        PhotographFolder.write(one, 9, 12);
        PhotographFolder.write(other, 9, 12);

        try (Stream<Path> files = Files.walk(one)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(other.resolve(one.relativize(file))).hasSameBinaryContentAs(file);
            }
        }
    }

    @Test
    void fewerPhotographsThanKindsAreRefused(@TempDir Path folder) {
        assertThatThrownBy(() -> PhotographFolder.write(folder, 1, 9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10 kinds");
    }

    private static boolean readable(Path file) throws IOException {
        try {
            new ImageDecoder().decode(Files.readAllBytes(file));
            return true;
        } catch (UndecodableImageException e) {
            return false;
        }
    }

    private static double[] meanColour(Photograph photograph) throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(photograph.encoded()));
        double[] sum = new double[3];
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int pixel = image.getRGB(x, y);
                sum[0] += pixel >> 16 & 0xFF;
                sum[1] += pixel >> 8 & 0xFF;
                sum[2] += pixel & 0xFF;
            }
        }
        double pixels = (double) image.getWidth() * image.getHeight();
        return new double[] {sum[0] / pixels, sum[1] / pixels, sum[2] / pixels};
    }

    private static int nearest(double[][] centres, double[] colour) {
        int nearest = 0;
        double least = Double.MAX_VALUE;
        for (int kind = 0; kind < centres.length; kind++) {
            double distance = 0;
            for (int channel = 0; channel < 3; channel++) {
                double difference = centres[kind][channel] - colour[channel];
                distance += difference * difference;
            }
            if (distance < least) {
                least = distance;
                nearest = kind;
            }
        }
        return nearest;
    }
}
