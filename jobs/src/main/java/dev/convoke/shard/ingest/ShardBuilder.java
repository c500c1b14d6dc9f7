package dev.convoke.shard.ingest;

import dev.convoke.data.ImageDecoder;
import dev.convoke.data.ImageDecoder.Examination;
import dev.convoke.data.Keys;
import dev.convoke.data.PixelStatistics;
import dev.convoke.data.RawPixels;
import dev.convoke.data.UndecodableImageException;
import dev.convoke.shard.Quarantine;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardRow;
import dev.convoke.shard.ShardWriter;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes one shard: reads each of its images, decodes it once to be sure, writes it or puts it into quarantine. Used for
 * one shard by one thread.
 */
public final class ShardBuilder {

    /** Quality of images that are encoded again because they are made smaller. */
    public static final int JPEG_QUALITY = 95;

    private static final int MOST_SHOWN = 12;
    private static final long STATISTICS = 4;

    private final FileStores stores;
    private final Recipe recipe;
    private final Location folder;
    private final ImageDecoder decoder = new ImageDecoder();
    private final List<Long> perClass;
    private PixelStatistics pixels = PixelStatistics.NONE;
    private Rejections rejections = Rejections.NONE;
    private long imageBytes;
    private final ImageFacts facts = new ImageFacts();
    private final List<Rejected> shown = new ArrayList<>();
    private String lastPath = "";
    private String duplicate = "";
    private @Nullable ShardWriter shard;
    private @Nullable DurableOutput quarantine;

    /**
     * What all shards of a dataset share.
     *
     * @param layout says the class of each path
     * @param resize largest shorter side in pixels; 0 leaves every file as it is
     * @param rowGroupBytes how large a row group may become
     * @param pathPrefix what every row's path begins with: empty, but for what is added to a dataset later
     * @param statisticsShare of how many images the pixels are summed up, 0 to 1: a keyed sample
     */
    public record Recipe(Layout layout, int resize, int rowGroupBytes, String pathPrefix, double statisticsShare)
            implements Serializable {

        private static final long serialVersionUID = 1L;

        /** A dataset of its own, all pixels summed up. */
        public Recipe(Layout layout, int resize, int rowGroupBytes) {
            this(layout, resize, rowGroupBytes, "", 1);
        }
    }

    /**
     * A rejected input to show.
     *
     * @param image what it is called, and where its bytes are as long as the job runs
     * @param reason one word
     */
    public record Rejected(SourceImage image, String reason) implements Serializable {

        private static final long serialVersionUID = 1L;
    }

    /**
     * What came of a shard's images.
     *
     * @param shard its entry in the manifest, or null if no image was good
     * @param file where it was written
     * @param quarantine where the rejected ones are listed, or empty if there are none
     * @param perClass how many examples of each class
     * @param imageBytes of the images in the shard
     * @param pixels sums over their pixels
     * @param fingerprint over all inputs, rejected ones too
     * @param rejections how many inputs were rejected and why
     * @param duplicate a path that two inputs have, or empty
     * @param tally what the accepted inputs are like
     * @param shown the first of the rejected inputs, {@value #MOST_SHOWN} at most
     */
    public record Outcome(
            @Nullable ShardEntry shard,
            String file,
            String quarantine,
            List<Long> perClass,
            long imageBytes,
            PixelStatistics pixels,
            Fingerprint fingerprint,
            Rejections rejections,
            String duplicate,
            Tally tally,
            List<Rejected> shown)
            implements Serializable {

        private static final long serialVersionUID = 1L;

        /** Returns this with its files at other places. */
        Outcome at(String otherFile, String otherQuarantine) {
            return new Outcome(
                    shard,
                    otherFile,
                    otherQuarantine,
                    perClass,
                    imageBytes,
                    pixels,
                    fingerprint,
                    rejections,
                    duplicate,
                    tally,
                    shown);
        }
    }

    /**
     * Prepares a shard.
     *
     * @param folder where its files are written; must be this attempt's own
     */
    public ShardBuilder(FileStores stores, Recipe recipe, Location folder) {
        this.stores = stores;
        this.recipe = recipe;
        this.folder = folder;
        this.perClass =
                new ArrayList<>(Collections.nCopies(recipe.layout().classes().size(), 0L));
    }

    /** Returns what the fingerprint of a shard of these images would be, without looking into them. */
    public static Fingerprint fingerprint(FileStores stores, List<SourceImage> images) {
        return InputReader.fingerprint(stores, images);
    }

    /**
     * Makes the shard.
     *
     * @param place its name, split and classes
     * @param images its images, in the order of its rows; two of the same path stand together
     */
    public Outcome build(ShardWriter.Place place, Iterator<SourceImage> images) {
        Location file = folder.child("shard.parquet");
        Location rejected = folder.child("quarantine.jsonl");
        FileStore store = stores.of(folder);
        try (InputReader reader = new InputReader(stores)) {
            while (images.hasNext()) {
                SourceImage image = images.next();
                if (image.path().equals(lastPath)) {
                    duplicate = lastPath;
                    continue;
                }
                lastPath = image.path();
                try {
                    ShardRow row = row(image, reader);
                    if (shard == null) {
                        shard = new ShardWriter(store, file, place, recipe.rowGroupBytes());
                    }
                    shard.write(row);
                } catch (UndecodableImageException e) {
                    if (quarantine == null) {
                        quarantine = store.create(rejected);
                    }
                    reject(image, e, quarantine);
                }
            }
            ShardEntry entry = shard == null ? null : shard.finish();
            return new Outcome(
                    entry,
                    file.uri(),
                    quarantine == null ? "" : rejected.uri(),
                    List.copyOf(perClass),
                    imageBytes,
                    pixels,
                    reader.fingerprint(),
                    rejections,
                    duplicate,
                    facts.tally(),
                    List.copyOf(shown));
        } finally {
            close(rejected);
        }
    }

    private ShardRow row(SourceImage image, InputReader reader) {
        InputReader.Input input = reader.read(image);
        byte[] original = input.bytes();
        RawPixels raw = image.raw();
        byte[] file = raw == null ? original : raw.toPng(original);
        Examination seen = examine(image, file);
        String digest = seen.encoded() == original ? input.sha256() : Sha256.of(seen.encoded());
        String className = recipe.layout().place(image.path()).orElseThrow().className();
        int label = recipe.layout().label(className);
        facts.add(decoder.header(file));
        perClass.set(label, perClass.get(label) + 1);
        imageBytes += seen.encoded().length;
        pixels = pixels.plus(seen.pixels());
        return new ShardRow(
                recipe.pathPrefix() + image.path(),
                label,
                className,
                seen.width(),
                seen.height(),
                digest,
                seen.encoded());
    }

    private Examination examine(SourceImage image, byte[] file) {
        if (recipe.resize() > 0) {
            return decoder.shrink(file, recipe.resize(), JPEG_QUALITY);
        }
        boolean counted = Keys.uniform(Keys.mix(STATISTICS, Keys.of(image.path()))) < recipe.statisticsShare();
        return counted ? decoder.examine(file) : decoder.check(file);
    }

    private void reject(SourceImage image, UndecodableImageException refusal, DurableOutput out) {
        String reason = refusal.reason().name();
        rejections = rejections.plus(Rejections.of(reason, image.path()));
        if (shown.size() < MOST_SHOWN) {
            shown.add(new Rejected(image, reason));
        }
        try {
            Quarantine.write(new Quarantine.Entry(image.path(), reason, refusal.detail()), out);
        } catch (IOException e) {
            throw new StorageException(
                    "Cannot write the quarantine below " + folder + " (" + e.getMessage() + "): look at the storage",
                    e);
        }
    }

    private void close(Location rejected) {
        if (shard != null) {
            shard.close();
        }
        if (quarantine != null) {
            try {
                quarantine.close();
            } catch (IOException e) {
                throw new StorageException(
                        "Cannot write " + rejected + " (" + e.getMessage() + "): look at the storage", e);
            }
        }
    }
}
