package dev.convoke.shard.ingest;

import dev.convoke.data.RawPixels;
import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import dev.convoke.storage.SeekableInput;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/**
 * Images as records of bare pixels: CIFAR-10's binary files, and the IDX files of MNIST and its like. Paths are
 * {@code split/class/FILE-NUMBER.png}; the pixels are read where they lie and become PNGs without loss.
 */
public final class RecordFiles {

    private static final RawPixels CIFAR = new RawPixels(3, 32, 32);
    private static final int IMAGES = 0x803;
    private static final int LABELS = 0x801;
    private static final int LARGEST_TEXT = 1 << 20;

    private final FileStores stores;
    private final Location folder;

    /**
     * Describes a folder; opens nothing yet.
     *
     * @param stores reach the folder, and wherever scratch files go: that may be another file system
     */
    public RecordFiles(FileStores stores, Location folder) {
        this.stores = stores;
        this.folder = folder;
    }

    /** Whether a file's name is that of one of CIFAR-10's parts. */
    public static boolean isCifar(String path) {
        return path.matches("(.*/)?(data_batch_\\d+|test_batch)\\.bin");
    }

    /** Whether the names in a folder are those of IDX files of images. */
    public static boolean isIdx(Collection<String> names) {
        return names.stream().anyMatch(name -> name.matches("train-images[-.]idx3-ubyte(\\.gz)?"));
    }

    /** Whether a file's name is that of CIFAR-10's list of classes. */
    public static boolean isCifarNames(String path) {
        return path.matches("(.*/)?batches\\.meta\\.txt");
    }

    /**
     * Returns what CIFAR's own list calls its classes; their numbers where there is no list.
     *
     * @param lists where the list's bytes are: one, or none
     */
    public List<String> cifarClasses(List<SourceImage> lists) {
        if (lists.isEmpty()) {
            return numbers(10);
        }
        SourceImage list = lists.get(0);
        try (SeekableInput in = open(new Location(list.file()))) {
            in.seek(list.offset());
            return names(in.readNBytes((int) Math.min(LARGEST_TEXT, list.length())), 10, list.path());
        } catch (IOException e) {
            throw unreadable(list.path(), e);
        }
    }

    private List<String> names(Location file, int count) {
        try {
            return names(stores.of(file).read(file, LARGEST_TEXT), count, file.toString());
        } catch (NotFoundException e) {
            return numbers(count);
        }
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(String::valueOf).toList();
    }

    private static List<String> names(byte[] text, int count, String file) {
        List<String> names = new ArrayList<>();
        TextLines lines = new TextLines(new ByteArrayInputStream(text));
        try {
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (!line.isBlank()) {
                    names.add(folderName(line.strip()));
                }
            }
        } catch (IOException e) {
            throw new UnusableSourceException(
                    "Line " + lines.number() + " of " + file + " is no UTF-8 text: correct it", e);
        }
        if (names.size() != count || new TreeSet<>(names).size() != count) {
            throw new UnusableSourceException(
                    file + " names " + names.size() + " classes, not " + count + " different ones: correct it");
        }
        return names;
    }

    /** Returns a label as the name of a folder. */
    static String folderName(String label) {
        return PathNames.escape(label).replace("/", "%2F");
    }

    /**
     * Lists the records of one of CIFAR-10's parts: a byte for the label, then 32x32 red, green and blue.
     *
     * @param part where its bytes are
     * @param classes names by the label in the file
     */
    public void cifar(SourceImage part, List<String> classes, Consumer<SourceImage> each) {
        int record = 1 + CIFAR.bytes();
        String name = part.path().substring(part.path().lastIndexOf('/') + 1).replace(".bin", "");
        if (part.length() == 0 || part.length() % record != 0) {
            throw new UnusableSourceException(part.path() + " has " + part.length() + " bytes, which is not a number of"
                    + " records of " + record + ": it is cut short or no part of CIFAR-10; fetch it again");
        }
        Split split = name.startsWith("test") ? Split.TEST : Split.TRAIN;
        try (SeekableInput file = open(new Location(part.file()));
                InputStream in = new BufferedInputStream(file, 1 << 16)) {
            file.seek(part.offset());
            for (long i = 0; i < part.length() / record; i++) {
                int label = in.read();
                if (label < 0 || label >= classes.size()) {
                    throw new UnusableSourceException("Record " + i + " of " + part.path() + " has the label " + label
                            + ": this is no part of CIFAR-10; fetch it again");
                }
                in.skipNBytes(CIFAR.bytes());
                long offset = part.offset() + i * record + 1;
                each.accept(new SourceImage(
                        path(split, classes.get(label), name, i), part.file(), offset, CIFAR.bytes(), CIFAR));
            }
        } catch (IOException e) {
            throw unreadable(part.path(), e);
        }
    }

    private static String path(Split split, String className, String file, long number) {
        return String.format(Locale.ROOT, "%s/%s/%s-%06d.png", split.folder(), className, file, number);
    }

    private SeekableInput open(Location file) {
        return stores.of(file).open(file);
    }

    private static UnusableSourceException unreadable(String name, IOException cause) {
        return new UnusableSourceException(
                name + " cannot be read to its end (" + cause.getMessage() + "): fetch it again", cause);
    }

    /**
     * Lists the records of the IDX files of a folder.
     *
     * @param temporary takes what has to be unzipped, so that records can be read one by one
     * @return the names of the classes
     */
    public List<String> idx(Location temporary, Consumer<SourceImage> each) {
        List<String> classes = names(folder.child("classes.txt"), 10);
        for (String kind : List.of("train", "t10k")) {
            List<Location> images = find(kind, "images", 3);
            List<Location> labels = find(kind, "labels", 1);
            if (images.size() != labels.size()) {
                throw new UnusableSourceException(
                        folder + " has images or labels of '" + kind + "', but not both: fetch the other too");
            }
            for (int i = 0; i < images.size(); i++) {
                Split split = kind.equals("train") ? Split.TRAIN : Split.TEST;
                list(plain(images.get(i), temporary), read(labels.get(i)), split, classes, each);
            }
        }
        return classes;
    }

    private List<Location> find(String kind, String what, int dimensions) {
        List<Location> found = new ArrayList<>();
        for (String name : List.of("-idx", ".idx")) {
            for (String ending : List.of("", ".gz")) {
                Location file = folder.child(kind + "-" + what + name + dimensions + "-ubyte" + ending);
                if (found.isEmpty() && stores.of(file).exists(file)) {
                    found.add(file);
                }
            }
        }
        return found;
    }

    private void list(Location images, byte[] labels, Split split, List<String> classes, Consumer<SourceImage> each) {
        try (DataInputStream in = new DataInputStream(open(images))) {
            int magic = in.readInt();
            int count = in.readInt();
            RawPixels form = new RawPixels(1, in.readInt(), in.readInt());
            long length = stores.of(images).find(images).orElseThrow().bytes();
            if (magic != IMAGES || count != labels.length || length != 16 + (long) count * form.bytes()) {
                throw new UnusableSourceException(images + " is no IDX file of " + labels.length
                        + " images, as its labels have it: fetch both again");
            }
            for (int i = 0; i < count; i++) {
                if (labels[i] < 0 || labels[i] >= classes.size()) {
                    throw new UnusableSourceException("Image " + i + " of " + images + " has the label "
                            + (labels[i] & 0xFF) + "; labels are below " + classes.size() + ": fetch both again");
                }
                each.accept(new SourceImage(
                        path(split, classes.get(labels[i]), split.folder(), i),
                        images.uri(),
                        16 + (long) i * form.bytes(),
                        form.bytes(),
                        form));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new UnusableSourceException(images + " is no IDX file of images: fetch it again", e);
        }
    }

    private byte[] read(Location file) {
        try (DataInputStream in = new DataInputStream(unzipped(file))) {
            int magic = in.readInt();
            int count = in.readInt();
            byte[] labels = in.readNBytes(count);
            if (magic != LABELS || labels.length != count) {
                throw new IOException("it is no IDX file of labels, or cut short");
            }
            return labels;
        } catch (IOException | IllegalArgumentException e) {
            throw new UnusableSourceException(file + " cannot be read (" + e.getMessage() + "): fetch it again", e);
        }
    }

    private InputStream unzipped(Location file) throws IOException {
        InputStream in = new BufferedInputStream(open(file), 1 << 16);
        return file.name().endsWith(".gz") ? new GZIPInputStream(in, 1 << 16) : in;
    }

    private Location plain(Location file, Location temporary) {
        if (!file.name().endsWith(".gz")) {
            return file;
        }
        Location target = temporary.child(file.name().replace(".gz", ""));
        try (InputStream in = unzipped(file);
                DurableOutput out = stores.of(target).create(target)) {
            long copied = 0;
            byte[] some = new byte[1 << 16];
            for (int read = in.read(some); read > 0; read = in.read(some)) {
                out.write(some, 0, read);
                copied += read;
                if (copied > 4L << 30) {
                    throw new IOException("it expands to more than 4 GB, as no images of digits do");
                }
            }
        } catch (IOException e) {
            throw unreadable(file.toString(), e);
        }
        return target;
    }
}
