package dev.convoke.models;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How fast the layers of a network learn, from its input on: a layer's learning rate is that of the step times the
 * factor of its group. A factor of 0 freezes: the layers stay exactly as they are and compute as in inference, without
 * dropout and normalised by the statistics they have.
 *
 * @param groups in the order of the network; layers behind the last group have the factor 1
 */
public record LayerRates(List<Group> groups) implements Serializable {

    /** Every layer learns at the rate of the step. */
    public static final LayerRates SAME = new LayerRates(List.of());

    /**
     * Layers that learn equally fast.
     *
     * @param upTo the last of them in the network's topological order; they begin behind the group before
     * @param factor of their learning rate; 0 freezes them, and with them everything before
     */
    public record Group(String upTo, double factor) implements Serializable {

        /** Rejects factors that make no sense. */
        public Group {
            if (!(factor >= 0 && factor <= 1_000)) {
                throw new IllegalArgumentException(
                        "The learning rate of a layer is 0 to 1000 times that of the step, not " + factor);
            }
        }
    }

    /** Copies the list; only what comes first can be frozen, because nothing passes a gradient through it. */
    public LayerRates {
        groups = List.copyOf(groups);
        for (int i = 1; i < groups.size(); i++) {
            if (groups.get(i).factor() == 0 && groups.get(i - 1).factor() > 0) {
                throw new IllegalArgumentException("'" + groups.get(i).upTo()
                        + "' would be frozen behind layers that learn: freeze everything up to it, or nothing");
            }
        }
    }

    /** Returns whether all layers learn alike. */
    public boolean areSame() {
        return groups.stream().allMatch(group -> group.factor() == 1);
    }

    /**
     * Returns the factor of every layer.
     *
     * @param order the names of all layers and vertices in the network's topological order
     * @throws IllegalArgumentException if a group names no layer, or the groups are not in order; names the nearest
     */
    public Map<String, Double> byLayer(List<String> order) {
        Map<String, Double> factors = new HashMap<>();
        int from = 0;
        for (Group group : groups) {
            int last = order.indexOf(group.upTo());
            if (last < 0) {
                throw new IllegalArgumentException("The network has no layer '" + group.upTo() + "': did you mean '"
                        + NearestName.of(group.upTo(), new ArrayList<>(order)) + "'?");
            }
            if (last < from) {
                throw new IllegalArgumentException("'" + group.upTo()
                        + "' comes before the group named before it: order the groups as the network");
            }
            for (String layer : order.subList(from, last + 1)) {
                factors.put(layer, group.factor());
            }
            from = last + 1;
        }
        for (String layer : order.subList(from, order.size())) {
            factors.put(layer, 1.0);
        }
        return factors;
    }
}
