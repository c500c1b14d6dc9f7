package dev.convoke.evaluation.report;

import dev.convoke.evaluation.report.Chart.LegendEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the time of each round went, as stacked bars.
 *
 * @param rounds phases in milliseconds by name, one map a round, in order
 */
record PhaseChart(List<Map<String, Double>> rounds) {

    private static final int MOST_BARS = 80;
    private static final int COLOURS = 7;

    /** Writes the chart as a card, or nothing if no phase was measured. */
    void write(Html html) {
        Map<String, Double> totals = new LinkedHashMap<>();
        for (Map<String, Double> round : rounds) {
            round.forEach((phase, millis) -> totals.merge(phase, millis, Double::sum));
        }
        double all = totals.values().stream().mapToDouble(Double::doubleValue).sum();
        if (all <= 0) {
            return;
        }
        List<String> phases = totals.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .toList();
        List<LegendEntry> keys = new ArrayList<>();
        for (int i = 0; i < phases.size(); i++) {
            keys.add(new LegendEntry(
                    style(i), phases.get(i) + " " + Numbers.percent(totals.getOrDefault(phases.get(i), 0.0) / all)));
        }
        List<Map<String, Double>> bars = thinned();
        double high = bars.stream()
                .mapToDouble(bar ->
                        bar.values().stream().mapToDouble(Double::doubleValue).sum())
                .max()
                .orElse(1);
        Axis y = Axis.around(0, high / 1000, Chart.BOTTOM, Chart.TOP);
        Axis x = new Axis(0.5, rounds.size() + 0.5, Chart.LEFT, Chart.RIGHT);
        Chart.open(
                html,
                "Time of a round, s",
                keys.stream().map(LegendEntry::text).toList().toString(),
                keys);
        Chart.axes(html, x, y, "round", Numbers::plain);
        double slot = (Chart.RIGHT - Chart.LEFT) / bars.size();
        for (int bar = 0; bar < bars.size(); bar++) {
            bar(html, bars.get(bar), phases, new Slot(Chart.LEFT + (bar + 0.08) * slot, Math.max(0.8, slot * 0.84)), y);
        }
        Chart.close(html);
    }

    private record Slot(double left, double width) {}

    private static void bar(Html html, Map<String, Double> bar, List<String> phases, Slot slot, Axis y) {
        double base = 0;
        for (int i = 0; i < phases.size(); i++) {
            double seconds = bar.getOrDefault(phases.get(i), 0.0) / 1000;
            if (seconds > 0) {
                double top = y.at(base + seconds);
                String[] place =
                        Chart.place("x", slot.left(), "y", top, "width", slot.width(), "height", y.at(base) - top);
                html.open("rect", Chart.styled("bar " + style(i), place))
                        .element("title", phases.get(i) + ": " + Numbers.plain(seconds) + " s")
                        .close();
                base += seconds;
            }
        }
    }

    private static String style(int phase) {
        return "s" + (phase % COLOURS + 1);
    }

    private List<Map<String, Double>> thinned() {
        int stride = (rounds.size() + MOST_BARS - 1) / MOST_BARS;
        List<Map<String, Double>> bars = new ArrayList<>();
        for (int from = 0; from < rounds.size(); from += stride) {
            List<Map<String, Double>> part = rounds.subList(from, Math.min(rounds.size(), from + stride));
            Map<String, Double> mean = new LinkedHashMap<>();
            for (Map<String, Double> round : part) {
                round.forEach((phase, millis) -> mean.merge(phase, millis / part.size(), Double::sum));
            }
            bars.add(mean);
        }
        return bars;
    }
}
