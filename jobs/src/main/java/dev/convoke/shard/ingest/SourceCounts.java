package dev.convoke.shard.ingest;

import dev.convoke.shard.Quarantine;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.Layout.Place;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How many images a source has and how many bytes, by split and class, going by names alone. Merges; not thread-safe
 * while counting.
 */
public final class SourceCounts implements Serializable {

    /** Why an image that stands in no class folder is rejected. */
    public static final String NO_CLASS = "NO_CLASS";

    private static final long serialVersionUID = 1L;

    private final EnumMap<Split, ArrayList<Long>> images = new EnumMap<>(Split.class);
    private final EnumMap<Split, Long> bytes = new EnumMap<>(Split.class);
    private final int classes;
    private Rejections rejections = Rejections.NONE;
    private Fingerprint listing = Fingerprint.NONE;

    /** Starts with nothing counted. */
    public SourceCounts(int classes) {
        this.classes = classes;
    }

    /**
     * Counts images.
     *
     * @param rejected receives those that stand in no class folder; other such files are none of our business
     */
    public void count(
            Iterator<SourceImage> source, Layout layout, SplitDraw draw, Consumer<Quarantine.Entry> rejected) {
        while (source.hasNext()) {
            SourceImage image = source.next();
            Optional<Place> place = layout.place(image.path());
            listing = listing.plus(Fingerprint.of(image.path(), "length " + image.length()));
            if (place.isPresent()) {
                int label = layout.label(place.get().className());
                add(draw.split(image.path(), place.get()), label, 1, image.length());
            } else if (PathNames.looksLikeAnImage(image.path())) {
                rejections = rejections.plus(Rejections.of(NO_CLASS, image.path()));
                rejected.accept(new Quarantine.Entry(image.path(), NO_CLASS, "stands in no class folder"));
            }
        }
    }

    private void add(Split split, int label, long count, long length) {
        ArrayList<Long> counts =
                images.computeIfAbsent(split, key -> new ArrayList<>(Collections.nCopies(classes, 0L)));
        counts.set(label, counts.get(label) + count);
        bytes.merge(split, length, Long::sum);
    }

    /** Adds what another counted. */
    public SourceCounts plus(SourceCounts other) {
        SourceCounts sum = new SourceCounts(classes);
        for (SourceCounts part : List.of(this, other)) {
            part.images.forEach((split, counts) -> {
                for (int label = 0; label < classes; label++) {
                    sum.add(split, label, counts.get(label), 0);
                }
            });
            part.bytes.forEach((split, length) -> sum.bytes.merge(split, length, Long::sum));
        }
        sum.rejections = rejections.plus(other.rejections);
        sum.listing = listing.plus(other.listing);
        return sum;
    }

    /** Returns how many images of each class each split has; splits without images are missing. */
    public Map<Split, List<Long>> images() {
        EnumMap<Split, List<Long>> copy = new EnumMap<>(Split.class);
        images.forEach((split, counts) -> copy.put(split, List.copyOf(counts)));
        return Collections.unmodifiableMap(copy);
    }

    /** Returns how many images a split has. */
    public long images(Split split) {
        List<Long> counts = images.get(split);
        return counts == null ? 0 : counts.stream().mapToLong(Long::longValue).sum();
    }

    /** Returns how many images all splits have. */
    public long total() {
        return images.keySet().stream().mapToLong(this::images).sum();
    }

    /** Returns how many bytes a split's images have. */
    public long bytes(Split split) {
        return bytes.getOrDefault(split, 0L);
    }

    /** Returns a digest over names and lengths: it tells whether a source has changed without reading any image. */
    public Fingerprint listing() {
        return listing;
    }

    /** Returns what stands in no class folder. */
    public Rejections rejections() {
        return rejections;
    }
}
