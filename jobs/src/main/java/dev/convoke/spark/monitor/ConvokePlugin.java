package dev.convoke.spark.monitor;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.convoke.spark.rounds.WorkTotals;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.Success$;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/**
 * Puts a run's figures into Spark's metrics system, from where any of Spark's sinks takes them: Prometheus, JMX,
 * Graphite, StatsD. Loaded by {@code spark.plugins=dev.convoke.spark.monitor.ConvokePlugin}; docs/seeing.md lists every
 * name.
 */
public final class ConvokePlugin implements SparkPlugin {

    @Override
    public DriverPlugin driverPlugin() {
        return new RunFigures();
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new WorkCounts();
    }

    /** On the driver: hears what training says on Spark's bus. */
    private static final class RunFigures implements DriverPlugin {

        private final Map<RunFigure, Double> values = new ConcurrentHashMap<>();
        private final Map<RunCount, Counter> counts = new EnumMap<>(RunCount.class);

        RunFigures() {
            for (RunCount count : RunCount.values()) {
                counts.put(count, new Counter());
            }
        }

        @Override
        public Map<String, String> init(SparkContext spark, PluginContext context) {
            spark.addSparkListener(new Listener(this));
            return Map.of();
        }

        @Override
        public void registerMetrics(String application, PluginContext context) {
            MetricRegistry registry = context.metricRegistry();
            for (RunFigure figure : RunFigure.values()) {
                registry.register(figure.metric(), (Gauge<Double>) () -> values.getOrDefault(figure, Double.NaN));
            }
            counts.forEach((count, counter) -> registry.register(count.metric(), counter));
        }

        void hear(RunEvent event) {
            values.putAll(event.figures());
            event.counts().forEach(this::count);
        }

        void count(RunCount count, long more) {
            Counter counter = counts.get(count);
            if (counter != null) {
                counter.inc(more);
            }
        }
    }

    private static final class Listener extends SparkListener {

        private final RunFigures figures;

        Listener(RunFigures figures) {
            this.figures = figures;
        }

        @Override
        public void onOtherEvent(SparkListenerEvent event) {
            if (event instanceof RunEvent run) {
                figures.hear(run);
            }
        }

        @Override
        public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
            figures.count(RunCount.EXECUTORS_LOST, 1);
        }

        @Override
        public void onTaskEnd(SparkListenerTaskEnd end) {
            if (!end.reason().equals(Success$.MODULE$)) {
                figures.count(RunCount.TASKS_FAILED, 1);
            }
        }
    }

    /** On an executor: what its workers have done. */
    private static final class WorkCounts implements ExecutorPlugin {

        @Override
        public void init(PluginContext context, Map<String, String> extra) {
            WorkTotals totals = WorkTotals.ofThisProcess();
            register(context, "executor_examples", totals::examples);
            register(context, "executor_shares", totals::shares);
            register(context, "executor_compute_millis", totals::computeMillis);
            register(context, "executor_wait_millis", totals::waitMillis);
            register(context, "executor_received_bytes", totals::receivedBytes);
        }

        private static void register(PluginContext context, String name, Supplier<Long> value) {
            context.metricRegistry().register(name, (Gauge<Long>) value::get);
        }
    }
}
