package dev.convoke.bench.data;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import dev.convoke.bench.BenchOptions;
import dev.convoke.bench.BenchReport;
import dev.convoke.bench.Contender;
import dev.convoke.bench.Interleaved;
import dev.convoke.bench.Interleaved.Outcome;
import dev.convoke.bench.Row;
import dev.convoke.data.Augmentation;
import dev.convoke.data.DecodedCache;
import dev.convoke.data.Example;
import dev.convoke.data.ImageDecoder;
import dev.convoke.data.Normalisation;
import dev.convoke.data.TrainingImageLoader;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.PixelImages;
import dev.convoke.models.ImageShape;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** How fast images are checked, decoded, loaded, encoded again and packed, each beside what bounds it. */
@Command(
        name = "data",
        description = "Decoding, loading, packing and feeding, beside what bounds them.",
        mixinStandardHelpOptions = true)
public final class DataBench implements Callable<Integer> {

    private static final int PHOTOGRAPHS = 48;
    private static final int INPUT = 224;
    private static final int RESIZED = 256;
    private static final int QUALITY = 95;
    private static final Augmentation USUAL =
            Augmentation.NONE.withRandomResizedCrop(0.08).withFlip();

    private static final int WHOLE = opencv_imgcodecs.IMREAD_COLOR_RGB;

    /** The name says grey because that is the absence of the flag for blue first; red first is set beside it. */
    private static final int HALF = WHOLE | opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_2;

    private static final ImageReaderSpi JDK =
            ImageIO.getImageReadersByFormatName("jpeg").next().getOriginatingProvider();
    private static final ImageReaderSpi TWELVE_MONKEYS = twelveMonkeys();

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private BenchOptions options;

    @Override
    public Integer call() throws IOException {
        BenchReport report = options.report();
        List<byte[]> photographs = Photographs.make(PHOTOGRAPHS);
        List<byte[]> small = photographs.stream()
                .map(photograph ->
                        new ImageDecoder().shrink(photograph, INPUT, QUALITY).encoded())
                .toList();
        Interleaved turns = new Interleaved(1, options.repetitions());
        Path folder = Files.createTempDirectory("convoke-bench-data");
        try {
            decoders(report, turns, photographs, folder);
            loaders(report, turns, photographs, small);
            packing(report, turns, photographs);
            Bomb.measure(report, turns);
            feeding(report, turns, photographs, folder);
        } finally {
            new LocalFileStore().delete(Location.parse(folder.toString()));
        }
        report.printTable();
        return 0;
    }

    private static ImageReaderSpi twelveMonkeys() {
        JPEGImageReaderSpi readers = new JPEGImageReaderSpi();
        IIORegistry.getDefaultInstance().registerServiceProvider(readers, ImageReaderSpi.class);
        return readers;
    }

    private static void decoders(BenchReport report, Interleaved turns, List<byte[]> photographs, Path folder)
            throws IOException {
        ImageDecoder decoder = new ImageDecoder();
        JpegTurbo turbo = new JpegTurbo(folder, photographs, Photographs.WIDTH * Photographs.HEIGHT);
        List<Contender> contenders = List.of(
                turbo,
                new Rate("libjpeg-turbo in OpenCV", photographs, file -> byOpenCv(file, WHOLE)),
                new Rate("the same, half as wide and high", photographs, file -> byOpenCv(file, HALF)),
                new Rate("decode, verified bytes", photographs, decoder::decodeVerified),
                new Rate("check and decode", photographs, decoder::decode),
                new Rate("check alone", photographs, decoder::check),
                new Rate("JDK ImageIO", photographs, file -> byImageIo(file, JDK)),
                new Rate("TwelveMonkeys", photographs, file -> byImageIo(file, TWELVE_MONKEYS)));
        rows(report, turns.measure(contenders), "images a second a core", turbo.name());
        List<Contender> bytes = List.of(new Rate("check, bytes", photographs, decoder::check, input -> input.length));
        rows(report, turns.measure(bytes), "bytes a second a core", "");
    }

    private static void byImageIo(byte[] encoded, ImageReaderSpi readers) throws IOException {
        ImageReader reader = readers.createReaderInstance();
        try {
            reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded)));
            reader.read(0);
        } finally {
            reader.dispose();
        }
    }

    private static void byOpenCv(byte[] encoded, int flags) {
        try (BytePointer bytes = new BytePointer(encoded);
                Mat file = new Mat(1, encoded.length, opencv_core.CV_8UC1, bytes);
                Mat image = opencv_imgcodecs.imdecode(file, flags)) {
            if (image.empty()) {
                throw new IllegalStateException("OpenCV cannot decode a photograph");
            }
        }
    }

    private static void loaders(BenchReport report, Interleaved turns, List<byte[]> photographs, List<byte[]> small)
            throws IOException {
        Path folder = Files.createTempDirectory("convoke-bench-data");
        try (DecodedCache cache = DecodedCache.open(folder, 1L << 30)) {
            TrainingImageLoader plain = new TrainingImageLoader(INPUT, INPUT, USUAL, Normalisation.IMAGENET);
            TrainingImageLoader cached = new TrainingImageLoader(INPUT, INPUT, USUAL, Normalisation.IMAGENET, cache);
            List<Contender> contenders = List.of(
                    new Rate("load 500x375 at 224", photographs, loading(plain)),
                    new Rate("the same as bytes, for a GPU", photographs, loadingBytes(plain)),
                    new Rate("load 224 px shards at 224", small, loading(plain)),
                    new Rate("224 px shards as bytes, for a GPU", small, loadingBytes(plain)),
                    new Rate("load 224 px shards at 224, decoded before", small, loading(cached)),
                    new Rate("decoded before, as bytes, for a GPU", small, loadingBytes(cached)));
            rows(report, turns.measure(contenders), "images a second a core", "");
        } finally {
            Files.deleteIfExists(folder);
        }
    }

    private static Rate.Work loading(TrainingImageLoader loader) {
        FloatBuffer images = FloatBuffer.allocate(loader.valueCount());
        long[] key = {0};
        return encoded -> loader.load(
                new Example(Integer.toHexString(Arrays.hashCode(encoded)), 0, encoded), key[0]++, images, 0);
    }

    private static Rate.Work loadingBytes(TrainingImageLoader loader) {
        PixelImages images = Minibatch.ofPixels(new ImageShape(3, INPUT, INPUT), 2, 1, loader.byteValues())
                .pixels()
                .orElseThrow();
        long[] key = {0};
        return encoded -> loader.load(
                new Example(Integer.toHexString(Arrays.hashCode(encoded)), 0, encoded), key[0]++, images, 0);
    }

    private static void packing(BenchReport report, Interleaved turns, List<byte[]> photographs) throws IOException {
        Path folder = Files.createTempDirectory("convoke-bench-pack");
        try (Packing packing = new Packing(folder, photographs)) {
            Contender write = packing.rawWrite();
            Contender packed = packing.pack("pack as it is", 0);
            Contender encode = packing.encodeAlone(RESIZED);
            Contender smaller = packing.pack("pack at 256 px", RESIZED);
            Map<String, Outcome> outcomes = turns.measure(List.of(write, packed, encode, smaller));
            for (List<Contender> pair : List.of(List.of(write, packed), List.of(encode, smaller))) {
                Map<String, Outcome> both = new LinkedHashMap<>(outcomes);
                both.keySet().retainAll(pair.stream().map(Contender::name).toList());
                rows(report, both, "bytes of photographs a second", pair.get(0).name());
            }
        }
    }

    /** Trains as an executor does, with one decoder and with as many as there are cores. */
    private static void feeding(BenchReport report, Interleaved turns, List<byte[]> photographs, Path folder)
            throws IOException {
        Path dataset = FeedWait.dataset(folder, photographs);
        long examples = FeedWait.examples(photographs);
        int cores = Runtime.getRuntime().availableProcessors();
        for (int decoders : cores == 1 ? List.of(1) : List.of(1, cores)) {
            try (FeedWait worker = new FeedWait(dataset, examples, decoders, USUAL)) {
                rows(report, turns.measure(List.of(worker)), "percent of a round", "");
            }
        }
    }

    static void rows(BenchReport report, Map<String, Outcome> outcomes, String unit, String reference) {
        Outcome bound = outcomes.get(reference);
        outcomes.forEach((name, outcome) -> report.add(row(name, outcome, unit, reference, bound)));
    }

    private static Row row(String name, Outcome outcome, String unit, String reference, @Nullable Outcome bound) {
        Row.Builder row = Row.builder().label("case", name).label("unit", unit);
        if (outcome.figure() == null) {
            return row.label("error", String.valueOf(outcome.error())).build();
        }
        row.figure("rate", outcome.figure()).label("reference", reference);
        if (bound != null && bound.figure() != null) {
            row.number("ratio", outcome.figure().median() / bound.figure().median());
        }
        return row.build();
    }
}
