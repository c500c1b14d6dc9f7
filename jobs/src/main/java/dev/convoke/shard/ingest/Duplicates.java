package dev.convoke.shard.ingest;

import dev.convoke.shard.Split;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Images that are there more than once, by the digest of their files. Immutable; merges.
 *
 * @param groups how many different images are there more than once
 * @param surplus how many files could go
 * @param conflicts how many of the groups stand under more than one label
 * @param overlaps how many of the groups stand in more than one split
 * @param examples at most {@value #MOST_EXAMPLES} groups, conflicts and overlaps first
 */
public record Duplicates(long groups, long surplus, long conflicts, long overlaps, List<Group> examples)
        implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final int MOST_EXAMPLES = 100;

    /** Every image there once. */
    public static final Duplicates NONE = new Duplicates(0, 0, 0, 0, List.of());

    private static final Comparator<Group> WORST_FIRST = Comparator.comparing(Group::isConflict)
            .thenComparing(Group::isOverlap)
            .reversed()
            .thenComparing(Group::sha256);

    /**
     * One file of an image that is there more than once.
     *
     * @param split where it stands
     * @param label as what
     * @param path what it is called
     */
    public record Member(Split split, int label, String path) implements Serializable, Comparable<Member> {

        private static final long serialVersionUID = 1L;

        @Override
        public int compareTo(Member other) {
            return path.compareTo(other.path);
        }
    }

    /**
     * An image that is there more than once.
     *
     * @param sha256 of its file
     * @param members its files, by path; only some of very many
     */
    public record Group(String sha256, List<Member> members) implements Serializable {

        private static final long serialVersionUID = 1L;

        /** Copies the list. */
        public Group {
            members = List.copyOf(members);
        }

        /**
         * Returns its first files and what they are said to show.
         *
         * @param classes names by label
         */
        public String inWords(List<String> classes) {
            return members.stream()
                    .map(member -> member.path() + " (" + classes.get(member.label()) + ")")
                    .limit(3)
                    .collect(Collectors.joining(" and "));
        }

        /** Returns whether it stands under more than one label. */
        public boolean isConflict() {
            return members.stream().mapToInt(Member::label).distinct().count() > 1;
        }

        /** Returns whether it stands in more than one split. */
        public boolean isOverlap() {
            return members.stream().map(Member::split).distinct().count() > 1;
        }
    }

    /**
     * The files of one image, counted; of very many only some are held: the first, and those that show that the image
     * stands under more than one label or in more than one split. Immutable; merges, in any order to the same.
     *
     * @param count how many files
     * @param members some of them, by path
     */
    public record Sightings(long count, List<Member> members) implements Serializable {

        private static final long serialVersionUID = 1L;
        private static final int MOST_FIRST = 20;

        /** No file yet. */
        public static final Sightings NONE = new Sightings(0, List.of());

        private static final List<Comparator<Member>> EXTREMES = List.of(
                Comparator.comparingInt(Member::label).thenComparing(Comparator.naturalOrder()),
                Comparator.comparingInt(Member::label).reversed().thenComparing(Comparator.naturalOrder()),
                Comparator.comparing(Member::split).thenComparing(Comparator.naturalOrder()),
                Comparator.comparing(Member::split).reversed().thenComparing(Comparator.naturalOrder()));

        /** Copies the list. */
        public Sightings {
            members = List.copyOf(members);
        }

        /** Returns these and one more file. */
        public Sightings with(Member member) {
            return plus(new Sightings(1, List.of(member)));
        }

        /** Returns these and others together. */
        public Sightings plus(Sightings other) {
            List<Member> all = Stream.concat(members.stream(), other.members.stream())
                    .sorted()
                    .toList();
            TreeSet<Member> kept = new TreeSet<>(all.subList(0, Math.min(MOST_FIRST, all.size())));
            EXTREMES.forEach(order -> kept.add(Collections.min(all, order)));
            return new Sightings(count + other.count, List.copyOf(kept));
        }
    }

    /** Copies the list. */
    public Duplicates {
        examples = List.copyOf(examples);
    }

    /** Returns the duplicates of one image that was seen more than once. */
    public static Duplicates of(String sha256, Sightings seen) {
        Group group = new Group(sha256, seen.members());
        return new Duplicates(
                1, seen.count() - 1, group.isConflict() ? 1 : 0, group.isOverlap() ? 1 : 0, List.of(group));
    }

    /** Returns these and others together. */
    public Duplicates plus(Duplicates other) {
        List<Group> all = new ArrayList<>(examples);
        all.addAll(other.examples);
        all.sort(WORST_FIRST);
        return new Duplicates(
                groups + other.groups,
                surplus + other.surplus,
                conflicts + other.conflicts,
                overlaps + other.overlaps,
                all.subList(0, Math.min(all.size(), MOST_EXAMPLES)));
    }
}
