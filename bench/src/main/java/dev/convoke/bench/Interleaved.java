package dev.convoke.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures contenders in turn, A B C, A B C, so that a slow minute of the machine falls on all of them. The first turns
 * are for warming up and do not count.
 */
public final class Interleaved {

    private static final Logger LOG = LoggerFactory.getLogger(Interleaved.class);

    private final int warmUps;
    private final int repetitions;

    /**
     * What became of a contender.
     *
     * @param values of the turns it finished, in order
     * @param error why it did not finish, or null if it did
     */
    public record Outcome(List<Double> values, @Nullable String error) {

        /** Copies the values. */
        public Outcome {
            values = List.copyOf(values);
        }

        /** Returns the figure over the turns it finished, or null if it finished none. */
        public @Nullable Figure figure() {
            return values.isEmpty() ? null : Figure.of(values);
        }

        /**
         * Returns how many times another's value this one's was in the turns that both finished, or null if there were
         * none. What slows the machine for a turn slows both, so this varies less than the two do.
         */
        public @Nullable Figure times(Outcome other) {
            List<Double> ratios = new ArrayList<>();
            for (int turn = 0; turn < Math.min(values.size(), other.values.size()); turn++) {
                ratios.add(values.get(turn) / other.values.get(turn));
            }
            return ratios.isEmpty() ? null : Figure.of(ratios);
        }
    }

    /**
     * Prepares a measurement.
     *
     * @param warmUps turns that do not count, 0 or more
     * @param repetitions turns that count, 1 or more
     */
    public Interleaved(int warmUps, int repetitions) {
        if (warmUps < 0 || repetitions < 1) {
            throw new IllegalArgumentException(
                    warmUps + " warm-ups and " + repetitions + " repetitions: need 0 and 1 or more");
        }
        this.warmUps = warmUps;
        this.repetitions = repetitions;
    }

    /**
     * Returns the outcome of each contender by name, in the given order. One that fails is left out of the remaining
     * turns; the others go on.
     */
    public Map<String, Outcome> measure(List<? extends Contender> contenders) {
        Map<String, List<Double>> counted = new LinkedHashMap<>();
        Map<String, String> errors = new LinkedHashMap<>();
        contenders.forEach(contender -> counted.put(contender.name(), new ArrayList<>()));
        for (int turn = 0; turn < warmUps + repetitions; turn++) {
            for (Contender contender : contenders) {
                if (errors.containsKey(contender.name())) {
                    continue;
                }
                try {
                    double value = contender.measure();
                    if (turn >= warmUps) {
                        values(counted, contender).add(value);
                    }
                } catch (Exception | LinkageError | OutOfMemoryError failure) {
                    LOG.warn("{} failed in turn {} and takes no further part", contender.name(), turn + 1, failure);
                    errors.put(contender.name(), failure.toString());
                }
            }
        }
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        counted.forEach((name, values) -> outcomes.put(name, new Outcome(values, errors.get(name))));
        return outcomes;
    }

    private static List<Double> values(Map<String, List<Double>> counted, Contender contender) {
        return counted.computeIfAbsent(contender.name(), name -> new ArrayList<>());
    }
}
