package dev.convoke.bench.ingest;

import dev.convoke.bench.data.Photographs;
import dev.convoke.data.ImageDecoder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Makes large sources out of a few photographs. Each image carries its number in a comment, so that no two are the same
 * file.
 */
final class Sources {

    private static final int PHOTOGRAPHS = 48;
    private static final int SMALL = 32;
    private static final int QUALITY = 90;
    private static final int CLASSES = 100;

    private final List<byte[]> photographs;
    private final List<byte[]> small;

    Sources() throws IOException {
        photographs = Photographs.make(PHOTOGRAPHS);
        ImageDecoder decoder = new ImageDecoder();
        small = photographs.stream()
                .map(photograph -> decoder.shrink(photograph, SMALL, QUALITY).encoded())
                .toList();
    }

    /** A source: where it is and what is in it. */
    record Made(Path source, long images, long bytes) {}

    /** Makes class folders of images whose shorter side has 32 pixels. */
    Made folders(Path parent, int count) throws IOException {
        Path root = parent.resolve("images");
        for (int label = 0; label < CLASSES; label++) {
            Files.createDirectories(root.resolve(folderOf(label)));
        }
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            byte[] image = numbered(small.get(i % small.size()), i);
            Files.write(root.resolve(folderOf(i % CLASSES)).resolve(i + ".jpg"), image);
            bytes += image.length;
        }
        return new Made(root, count, bytes);
    }

    /** Makes a tar of 500x375 photographs, of at least so many bytes. */
    Made tar(Path parent, long atLeast) throws IOException {
        Path file = parent.resolve("images.tar");
        long bytes = 0;
        int count = 0;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            for (; bytes < atLeast; count++) {
                byte[] image = numbered(photographs.get(count % photographs.size()), count);
                TarArchiveEntry entry = new TarArchiveEntry(folderOf(count % CLASSES) + "/" + count + ".jpg");
                entry.setSize(image.length);
                tar.putArchiveEntry(entry);
                tar.write(image);
                tar.closeArchiveEntry();
                bytes += image.length;
            }
        }
        return new Made(file, count, Files.size(file));
    }

    /** Deletes a folder with everything in it. */
    static void delete(Path folder) throws IOException {
        try (Stream<Path> inside = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) inside.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(path);
            }
        }
    }

    private static String folderOf(int label) {
        return "class-" + label;
    }

    /** Puts a comment segment (JPEG's marker FE) behind the start of an image. */
    private static byte[] numbered(byte[] jpeg, int number) {
        byte[] numbered = new byte[jpeg.length + 8];
        System.arraycopy(jpeg, 0, numbered, 0, 2);
        byte[] comment = {
            (byte) 0xFF,
            (byte) 0xFE,
            0,
            6,
            (byte) (number >> 24),
            (byte) (number >> 16),
            (byte) (number >> 8),
            (byte) number
        };
        System.arraycopy(comment, 0, numbered, 2, comment.length);
        System.arraycopy(jpeg, 2, numbered, 10, jpeg.length - 2);
        return numbered;
    }
}
