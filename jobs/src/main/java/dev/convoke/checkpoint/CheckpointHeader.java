package dev.convoke.checkpoint;

import dev.convoke.checkpoint.RunIdentity.Difference;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.storage.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a checkpoint says about the state whose slices it holds.
 *
 * @param roundsDone how many rounds the state has behind it
 * @param epoch the epoch the next round belongs to, counted from 0
 * @param examplesSeen examples trained since the start of the run, over all workers
 * @param identity what the bytes depend on
 * @param layout where each parameter stands in the state vector; the vector may go on behind it
 * @param changes what of the identity was changed on the way, oldest first
 */
public record CheckpointHeader(
        int roundsDone, int epoch, long examplesSeen, RunIdentity identity, StateLayout layout, List<Change> changes) {

    /**
     * A change of identity that was allowed explicitly.
     *
     * @param roundsDone how many rounds were done before it
     * @param what the name of what changed
     * @param from its value before
     * @param to its value since
     */
    public record Change(int roundsDone, String what, String from, String to) {}

    /** Copies the list. */
    public CheckpointHeader {
        changes = List.copyOf(changes);
    }

    /**
     * Checks that a run with this identity and network may continue from this state, and returns the changes it has
     * behind it then.
     *
     * @param checkpoint where this header was read, for the message
     * @param allowed names of what may differ; an {@code architecture} of another layout never may
     * @throws CheckpointMismatchException naming every difference that is not allowed
     */
    public List<Change> changesFor(
            Location checkpoint, RunIdentity wanted, StateLayout wantedLayout, Set<String> allowed) {
        List<Difference> refused = new ArrayList<>(layoutDifferences(layout, wantedLayout));
        List<Change> all = new ArrayList<>(changes);
        for (Difference difference : identity.differencesTo(wanted)) {
            if (allowed.contains(difference.what())) {
                all.add(new Change(roundsDone, difference.what(), difference.found(), difference.wanted()));
            } else {
                refused.add(difference);
            }
        }
        if (!refused.isEmpty()) {
            throw new CheckpointMismatchException(checkpoint, refused);
        }
        return List.copyOf(all);
    }

    /** Returns where two layouts part: the first layer that differs, or the updater state; empty if they are equal. */
    public static List<Difference> layoutDifferences(StateLayout layout, StateLayout wanted) {
        List<Segment> found = layout.segments();
        int common = Math.min(found.size(), wanted.segments().size());
        for (int i = 0; i < common; i++) {
            if (!found.get(i).equals(wanted.segments().get(i))) {
                return List.of(new Difference(
                        "first differing layer",
                        describe(found.get(i)),
                        describe(wanted.segments().get(i))));
            }
        }
        if (found.size() != wanted.segments().size()) {
            return List.of(new Difference(
                    "first differing layer",
                    found.size() > common ? describe(found.get(common)) : "no more layers",
                    wanted.segments().size() > common
                            ? describe(wanted.segments().get(common))
                            : "no more layers"));
        }
        if (layout.updaterStateCount() != wanted.updaterStateCount()) {
            return List.of(new Difference(
                    "updater state", layout.updaterStateCount() + " values", wanted.updaterStateCount() + " values"));
        }
        return List.of();
    }

    private static String describe(Segment segment) {
        return segment.layer() + " " + segment.parameter() + " with " + segment.length() + " values";
    }
}
