package dev.convoke.spark.monitor;

import java.util.EnumMap;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListenerEvent;

/**
 * Tells whoever listens to Spark's bus how a run goes; the plugin does, if it is loaded. Not written to event logs.
 *
 * @param figures new values
 * @param counts by how much counts grow
 */
public record RunEvent(Map<RunFigure, Double> figures, Map<RunCount, Long> counts) implements SparkListenerEvent {

    /** Copies the maps. */
    public RunEvent {
        figures = Map.copyOf(figures);
        counts = Map.copyOf(counts);
    }

    @Override
    public boolean logEvent() {
        return false;
    }

    /** Puts the event on a context's bus and returns at once. */
    public void post(JavaSparkContext spark) {
        spark.sc().listenerBus().post(this);
    }

    /** Collects an event. */
    public static final class Builder {

        private final Map<RunFigure, Double> figures = new EnumMap<>(RunFigure.class);
        private final Map<RunCount, Long> counts = new EnumMap<>(RunCount.class);

        /** Adds a value; what is not a number is left out, so the last one stays. */
        public Builder figure(RunFigure figure, double value) {
            if (Double.isFinite(value)) {
                figures.put(figure, value);
            }
            return this;
        }

        /** Adds to a count. */
        public Builder count(RunCount count, long more) {
            counts.put(count, more);
            return this;
        }

        /** Returns the event. */
        public RunEvent build() {
            return new RunEvent(figures, counts);
        }
    }
}
