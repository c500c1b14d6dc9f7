package dev.convoke.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import dev.convoke.data.synthetic.PhotographGenerator;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;

/** The odd and broken JPEGs that the TwelveMonkeys project tests its decoder with. */
class JpegTortureTest {

    private static final int HEADER_MUTATIONS = Integer.getInteger("convoke.mutations", 2_000);

    private final ImageDecoder decoder = new ImageDecoder();

    @Test
    void everyOddFileIsDecodedAndEveryBrokenOneRefused() throws IOException {
        Map<String, byte[]> files = files();
        List<String> decoded = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        files.forEach((name, file) -> {
            try {
                decoder.decode(file);
                decoded.add(name);
            } catch (UndecodableImageException e) {
                refused.add(name);
            }
        });

        assertThat(files).hasSize(93);
        assertThat(decoded).hasSizeGreaterThanOrEqualTo(78);
        assertThat(refused).allMatch(name -> name.startsWith("broken-jpeg/"));
    }

    @Test
    void whatTheWalkAloneLetsPassIsDecoded() throws IOException {
        List<byte[]> sound = new ArrayList<>();
        for (byte[] file : files().values()) {
            if (file.length < 20_000 && isAccepted(file)) {
                sound.add(file);
            }
        }
        PhotographGenerator generator = new PhotographGenerator(3);
        for (int i = 0; i < 4; i++) {
            sound.add(generator.photograph(i).encoded());
        }
        Random random = new Random(20_260_411);
        int accepted = 0;
        for (int i = 0; i < HEADER_MUTATIONS; i++) {
            byte[] mutated = withOtherHeader(sound.get(random.nextInt(sound.size())), random);
            if (isAccepted(mutated)) {
                accepted++;
                assertThatCode(() -> decoder.decodeVerified(mutated))
                        .as("mutation %d", i)
                        .doesNotThrowAnyException();
            }
        }

        assertThat(accepted).isGreaterThan(HEADER_MUTATIONS / 10);
    }

    private boolean isAccepted(byte[] file) {
        try {
            decoder.check(file);
            return true;
        } catch (UndecodableImageException refused) {
            return false;
        }
    }

    /** Changes up to three bytes of one segment before the first scan, where tables and dimensions stand. */
    private static byte[] withOtherHeader(byte[] file, Random random) {
        List<Integer> segments = new ArrayList<>();
        int at = 2;
        for (int marker = 0; marker != JpegHeader.START_OF_SCAN; ) {
            marker = JpegHeader.markerAt(file, JpegHeader.nextMarker(file, at));
            at = JpegHeader.afterMarker(file, JpegHeader.nextMarker(file, at));
            segments.add(at);
            at += JpegHeader.isAlone(marker) ? 0 : JpegHeader.segmentLength(file, at);
        }
        byte[] mutated = file.clone();
        int segment = segments.get(random.nextInt(segments.size()));
        for (int change = random.nextInt(3); change >= 0; change--) {
            mutated[segment + random.nextInt(48)] = (byte) random.nextInt(random.nextBoolean() ? 32 : 256);
        }
        return mutated;
    }

    @Test
    void losslessFilesDecodeToTheVeryPixelsThatWereStored() throws IOException {
        // The same scene at 8 bits, and at 16 bits, of which the upper 8 count.
        RgbImage eight = decoder.decode(file("jpeg-lossless/8_ls.jpg"));
        RgbImage sixteen = decoder.decode(file("jpeg-lossless/16_ls.jpg"));

        assertThat(List.of(eight.width(), eight.height())).containsExactly(800, 535);
        long difference = 0;
        for (int i = 0; i < eight.pixels().length; i++) {
            difference = Math.max(difference, Math.abs((eight.pixels()[i] & 0xFF) - (sixteen.pixels()[i] & 0xFF)));
        }
        assertThat(difference).isLessThanOrEqualTo(1);
    }

    @Test
    void thePixelsAreThoseThatAnotherDecoderSees() throws IOException {
        for (String name : List.of(
                "jpeg/no-jfif-ycbcr.jpg",
                "jpeg/jfif-ycbcr-no-subsampling-intel.jpg",
                "jpeg/adobe-unknown-rgb-ids.jpg",
                "jpeg/duplicate-component-ids.jpg",
                "jpeg/0x00-to-0xFF-between-segments.jpg",
                "jpeg/jfif-progressive-invalid-dht.jpg",
                "jpeg/gray-sample.jpg",
                "jpeg/cmyk-sample.jpg",
                "jpeg/cmyk-sample-no-icc.jpg",
                "jpeg/jfif-cmyk-invalid-icc-profile-srgb.jpg",
                "jpeg-lossless/24_ls.jpg")) {
            byte[] file = file(name);

            double difference = meanDifference(decoder.decode(file), bySecondDecoder(file));

            assertThat(difference).as(name).isLessThan(3);
        }
        // Ink stored as luminance and colour (YCCK), whose profile the other decoder applies.
        byte[] ink = file("jpeg/cmyk-sample-multiple-chunk-icc.jpg");
        assertThat(meanDifference(decoder.decode(ink), bySecondDecoder(ink))).isLessThan(8);
    }

    private static double meanDifference(RgbImage image, BufferedImage expected) {
        assertThat(List.of(image.width(), image.height())).containsExactly(expected.getWidth(), expected.getHeight());
        long sum = 0;
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                int rgb = expected.getRaster().getNumBands() == 1
                        ? expected.getRaster().getSample(x, y, 0) * 0x010101
                        : expected.getRGB(x, y);
                for (int channel = 0; channel < 3; channel++) {
                    sum += Math.abs((rgb >> (16 - 8 * channel) & 0xFF) - image.value(x, y, channel));
                }
            }
        }
        return (double) sum / image.pixels().length;
    }

    private static BufferedImage bySecondDecoder(byte[] file) throws IOException {
        JPEGImageReaderSpi readers = new JPEGImageReaderSpi();
        IIORegistry.getDefaultInstance().registerServiceProvider(readers, ImageReaderSpi.class);
        ImageReader reader = readers.createReaderInstance(null);
        try {
            reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(file)));
            return reader.read(0);
        } finally {
            reader.dispose();
        }
    }

    private static byte[] file(String name) throws IOException {
        return Objects.requireNonNull(files().get(name), name);
    }

    private static Map<String, byte[]> files() throws IOException {
        URL first = JpegTortureTest.class.getResource("/jpeg-lossless/8_ls.jpg");
        JarFile jar = ((JarURLConnection) Objects.requireNonNull(first).openConnection()).getJarFile();
        Map<String, byte[]> files = new TreeMap<>();
        for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
            JarEntry entry = entries.nextElement();
            if (entry.getName().matches(".*\\.jpe?g")) {
                files.put(entry.getName(), jar.getInputStream(entry).readAllBytes());
            }
        }
        return files;
    }
}
