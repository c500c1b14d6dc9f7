package dev.convoke.shard.ingest;

import dev.convoke.shard.Split;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

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
    private static final int MOST_MEMBERS = 20;

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
     * @param members its files, by path; only the first of very many
     */
    public record Group(String sha256, List<Member> members) implements Serializable {

        private static final long serialVersionUID = 1L;

        /** Copies the list. */
        public Group {
            members = List.copyOf(members);
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

    /** Copies the list. */
    public Duplicates {
        examples = List.copyOf(examples);
    }

    /** Returns the duplicates of one image, given all its files. */
    public static Duplicates of(String sha256, Collection<Member> members) {
        List<Member> sorted = members.stream().sorted().toList();
        Group all = new Group(sha256, sorted);
        // Of very many files the first are shown, but never so that a conflict would not be seen.
        Group shown = new Group(sha256, sorted.stream().limit(MOST_MEMBERS).toList());
        boolean same = shown.isConflict() == all.isConflict() && shown.isOverlap() == all.isOverlap();
        return new Duplicates(
                1, sorted.size() - 1L, all.isConflict() ? 1 : 0, all.isOverlap() ? 1 : 0, List.of(same ? shown : all));
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
