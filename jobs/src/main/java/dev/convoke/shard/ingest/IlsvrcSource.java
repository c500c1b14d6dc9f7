package dev.convoke.shard.ingest;

import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.storage.SeekableInput;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * ImageNet's ILSVRC 2012 as it is downloaded: a tar of one tar a class for training, a flat tar for validation, and the
 * development kit that says which image of it shows what. Nothing is unpacked; images are read where they lie.
 */
public final class IlsvrcSource {

    /** The archive by which a folder is known to be this source; by itself it is one, too. */
    public static final String TRAINING = "ILSVRC2012_img_train.tar";

    private static final String VALIDATION = "ILSVRC2012_img_val.tar";
    private static final String KIT = "ILSVRC2012_devkit_t12.tar.gz";
    private static final String TRUTH = "ILSVRC2012_validation_ground_truth.txt";
    private static final String SYNSETS = "meta.mat";
    private static final int LARGEST_TABLE = 64 << 20;
    private static final Pattern CLASS = Pattern.compile("(?:.*/)?(n\\d{8})\\.tar");
    private static final Pattern NUMBERED = Pattern.compile("(?:.*/)?ILSVRC2012_val_(\\d{8})\\.JPEG");

    private final FileStores stores;
    private final FileStore store;
    private final Location folder;

    /**
     * Describes a folder of downloads; opens nothing yet.
     *
     * @param stores reach the folder, and wherever scratch files go: that may be another file system
     */
    public IlsvrcSource(FileStores stores, Location folder) {
        this.stores = stores;
        this.store = stores.of(folder);
        this.folder = folder;
    }

    /**
     * The archive of one class within the archive for training.
     *
     * @param wnid its WordNet identifier, the name of the class
     * @param offset of its first byte
     * @param length in bytes
     */
    public record ClassArchive(String wnid, long offset, long length) implements Serializable {

        private static final long serialVersionUID = 1L;
    }

    /** Returns the class archives, going by the headers of the outer archive alone. */
    public List<ClassArchive> classes() {
        Location archive = folder.child(TRAINING);
        List<ClassArchive> classes = new ArrayList<>();
        new TarSource(store, archive).scan(0, length(archive), entry -> {
            Matcher name = CLASS.matcher(entry.path());
            if (!name.matches()) {
                throw new UnusableSourceException(archive + " holds '" + entry.path()
                        + "', which is no class's archive such as n01440764.tar: fetch the original again");
            }
            classes.add(new ClassArchive(name.group(1), entry.offset(), entry.length()));
        });
        if (classes.isEmpty()) {
            throw new UnusableSourceException(archive + " holds no class's archive: fetch the original again");
        }
        return classes;
    }

    private long length(Location file) {
        return store.find(file)
                .orElseThrow(() -> new UnusableSourceException("There is no " + file + ": put the download there"))
                .bytes();
    }

    /** Lists the images of one class, as {@code train/WNID/NAME}. */
    public void images(ClassArchive one, Consumer<SourceImage> each) {
        String prefix = Split.TRAIN.folder() + "/" + one.wnid() + "/";
        new TarSource(store, folder.child(TRAINING))
                .scan(
                        one.offset(),
                        one.length(),
                        image -> each.accept(new SourceImage(
                                prefix + name(image.path()), image.file(), image.offset(), image.length())));
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** What the development kit says: titles of classes by WNID, and the WNID of each image for validation. */
    public record Kit(Map<String, String> titles, List<String> truth) {

        /** Copies the collections. */
        public Kit {
            titles = Map.copyOf(titles);
            truth = List.copyOf(truth);
        }
    }

    /** Returns whether the archive for validation is there. */
    public boolean hasValidation() {
        return store.exists(folder.child(VALIDATION));
    }

    /**
     * Reads the development kit, packed or as the two files out of it that are needed.
     *
     * @param temporary takes what is unpacked
     * @throws UnusableSourceException if it is not there, or does not say what it must
     */
    public Kit kit(Location temporary) {
        Map<String, byte[]> tables = tables(List.of(TRUTH, SYNSETS), temporary);
        byte[] truth = tables.get(TRUTH);
        byte[] synsets = tables.get(SYNSETS);
        if (truth == null || synsets == null) {
            throw new UnusableSourceException("Nothing in " + folder + " says what the images of " + VALIDATION
                    + " show: put " + KIT + " beside it, or " + TRUTH + " and " + SYNSETS + " out of it");
        }
        return kit(truth, synsets);
    }

    /**
     * Returns the titles of classes by WNID as the development kit has them; empty if there is no kit, without which
     * training does well.
     *
     * @param temporary takes what is unpacked
     * @throws UnusableSourceException if the kit is there and cannot be read
     */
    public Map<String, String> titles(Location temporary) {
        byte[] synsets = tables(List.of(SYNSETS), temporary).get(SYNSETS);
        Map<String, String> titles = new TreeMap<>();
        if (synsets != null) {
            synsets(synsets).forEach(synset -> titles.put(wnid(synset), title(synset)));
        }
        return titles;
    }

    private Map<String, byte[]> tables(List<String> wanted, Location temporary) {
        Map<String, byte[]> tables = new HashMap<>();
        for (String table : wanted) {
            if (store.exists(folder.child(table))) {
                tables.put(table, store.read(folder.child(table), LARGEST_TABLE));
            }
        }
        if (tables.size() < wanted.size() && store.exists(folder.child(KIT))) {
            unpack(temporary, tables);
        }
        return tables;
    }

    private void unpack(Location temporary, Map<String, byte[]> tables) {
        Location spooled = temporary.child("kit");
        FileStore scratch = stores.of(spooled);
        List<SourceImage> found = new ArrayList<>();
        try (Spool spool = new Spool(scratch, spooled)) {
            new TarSource(store, folder.child(KIT)).scan(spool, file -> {
                String name = name(file.path());
                if (name.equals(TRUTH) || name.equals(SYNSETS)) {
                    found.add(file);
                }
            });
        } catch (IOException e) {
            throw unreadable(KIT, e);
        }
        for (SourceImage file : found) {
            try (SeekableInput in = scratch.open(new Location(file.file()))) {
                in.seek(file.offset());
                tables.put(name(file.path()), in.readNBytes((int) file.length()));
            } catch (IOException e) {
                throw unreadable(KIT, e);
            }
        }
        scratch.delete(spooled);
    }

    private Kit kit(byte[] truth, byte[] synsets) {
        Map<String, String> titles = new TreeMap<>();
        Map<String, String> wnids = new HashMap<>();
        for (Map<String, String> synset : synsets(synsets)) {
            titles.put(wnid(synset), title(synset));
            wnids.put(synset.getOrDefault("ILSVRC2012_ID", ""), wnid(synset));
        }
        List<String> all = new ArrayList<>();
        for (String line : new String(truth, StandardCharsets.US_ASCII).strip().split("\\s+", -1)) {
            String wnid = wnids.get(line);
            if (wnid == null) {
                throw new UnusableSourceException(TRUTH + " in " + folder + " names the class " + line + " for image "
                        + (all.size() + 1) + ", which " + SYNSETS + " does not have: fetch the kit again");
            }
            all.add(wnid);
        }
        return new Kit(titles, all);
    }

    private List<Map<String, String>> synsets(byte[] table) {
        try {
            return MatFile.structures(table);
        } catch (IOException e) {
            throw unreadable(SYNSETS, e);
        }
    }

    private static String wnid(Map<String, String> synset) {
        return synset.getOrDefault("WNID", "");
    }

    private static String title(Map<String, String> synset) {
        return synset.getOrDefault("words", "");
    }

    private UnusableSourceException unreadable(String name, IOException cause) {
        return new UnusableSourceException(
                name + " in " + folder + " cannot be read (" + cause.getMessage() + "): fetch the original again",
                cause);
    }

    /**
     * Lists the images for validation, as {@code validation/WNID/NAME}.
     *
     * @throws UnusableSourceException if they are not those that the kit speaks of, every one of them
     */
    public void validation(Kit kit, Consumer<SourceImage> each) {
        Location archive = folder.child(VALIDATION);
        BitSet seen = new BitSet(kit.truth().size() + 1);
        new TarSource(store, archive).scan(0, length(archive), image -> {
            Matcher name = NUMBERED.matcher(image.path());
            int number = name.matches() ? Integer.parseInt(name.group(1)) : 0;
            if (number < 1 || number > kit.truth().size()) {
                throw new UnusableSourceException(archive + " holds '" + image.path() + "', but " + TRUTH
                        + " speaks of " + kit.truth().size() + " images named ILSVRC2012_val_00000001.JPEG and so on");
            }
            seen.set(number);
            String wnid = kit.truth().get(number - 1);
            each.accept(new SourceImage(
                    Split.VALIDATION.folder() + "/" + wnid + "/" + name(image.path()),
                    image.file(),
                    image.offset(),
                    image.length()));
        });
        if (seen.cardinality() < kit.truth().size()) {
            throw new UnusableSourceException(archive + " holds " + seen.cardinality() + " of the "
                    + kit.truth().size() + " images that " + TRUTH + " speaks of; the first one missing is number "
                    + seen.nextClearBit(1) + ": fetch the archive again");
        }
    }
}
